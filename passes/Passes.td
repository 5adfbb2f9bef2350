// Every pass on the etch dialect, in the order of the pipeline (passes/pipeline/Pipeline.cpp). Documented with IR before and after.
#ifndef ETCH_PASSES_TD
#define ETCH_PASSES_TD

include "mlir/Pass/PassBase.td"

def InlineCalls : Pass<"etch-inline-calls", "mlir::ModuleOp"> {
  let summary = "replaces calls by the bodies of their callees";
  let description = [{
    Kernels are formed across what were functions, so none may remain. Private functions that nobody calls are dropped.

    ```mlir
    %0 = etch.call @f(%x) : (tensor<2xf32>) -> tensor<2xf32>     // with @f(%a) = etch.neg %a
    // becomes
    %0 = etch.neg %x : tensor<2xf32>
    ```
  }];
}

def RecognizeAttention : Pass<"etch-recognize-attention", "mlir::ModuleOp"> {
  let summary = "finds attention that is written as products around a softmax";
  let description = [{
    Scores may be transposed, multiplied or divided by scalars, then hidden by a mask (`select` with -inf, or with -1e9
    and less) or shifted by one (`add`). A mask that compares positions is `causal`, and may stand beside another one.
    Nothing else may read the scores or their softmax, and there are as many as pay for a kernel. A query that sees no
    key gets what was written: NaN where scores are -inf, the mean of all values where they are some number.

    ```mlir
    %s = etch.dot_general %q, %k
    %m = etch.select %causal, %s, %minus_infinity
    %w = softmax of %m                          // exp(m - max of its rows) / sum of its rows
    %r = etch.dot_general %w, %v
    // becomes
    %a, %l = etch.dot_product_attention %q, %k, %v causal = 1
    %r = etch.select(%l == inf, NaN, %a)
    ```
  }];
}

def LowerAttention : Pass<"etch-lower-attention", "mlir::ModuleOp"> {
  let summary = "writes attention out where a kernel of its own does not pay";
  let description = [{
    The kernel computes scores block by block and stores none. Few scores are as fast stored, and policy strict wants
    arithmetic as it is written: there attention becomes contractions and a softmax. Its derivative then reads the weights
    that it left.

    ```mlir
    %r, %l = etch.dot_product_attention %q, %k, %v causal = 0
    // becomes, for few scores
    %s = etch.dot_general %q, %k                 // scores
    %e = etch.exp(%s - max of its rows)
    %w = %e / sum of its rows
    %r = etch.dot_general %w, %v
    ```
  }];
  let options = [Option<"strict", "strict", "bool", "false", "policy strict: write out all of it">];
}

def CanonicalizeConvolutions : Pass<"etch-canonicalize-convolutions", "mlir::ModuleOp"> {
  let summary = "brings convolutions into the layouts that have direct kernels";
  let description = [{
    Channels last, filters [spatial..., inputs, outputs]; for the derivative by the filters, whose window is larger than its
    result, the same with images in the place of channels. Other layouts are transposed around. A window of one element is
    a matrix product, and so are windows side by side with many filters, and their derivatives. Sums of f16 and bf16 are
    kept in f32. The ends of a window that meet no elements are left out where they are most of it.

    ```mlir
    etch.convolution x [n,c,h,w], w [o,i,kh,kw]  ->  etch.transpose of etch.convolution on [n,h,w,c] and [kh,kw,i,o]
    etch.convolution x, w [1,1,i,o]              ->  etch.dot_general x, (etch.reshape w to [i,o])
    etch.convolution x, w strides = [kh,kw]      ->  etch.dot_general (etch.reshape x to [n,h,kh,w,kw,i]), w [kh,kw,i,o]
    ```
  }];
  let options = [Option<"strict", "strict", "bool", "false", "policy strict: keep the order of sums">];
}

def CanonicalizeDots : Pass<"etch-canonicalize-dots", "mlir::ModuleOp"> {
  let summary = "gives contractions one axis a group";
  let description = [{
    The dot kernels know one batch, one contracted and one free axis a side. Groups of several axes are reshaped into one,
    which costs nothing where they lie together; otherwise the operand is transposed first, as is
    one whose innermost axis is a batch. The order in which
    contracted axes are listed is kept: it is the order of the sum. Comes before SimplifyTensors, which composes the
    transposes with those around them.

    ```mlir
    etch.dot_general x[2,3,5], y[3,5,7] contracting [1, 2] x [0, 1]
    // becomes
    etch.dot_general (etch.reshape x to [2,15]), (etch.reshape y to [15,7]) contracting [1] x [0]
    ```
  }];
}

def SimplifyTensors : Pass<"etch-simplify-tensors", "mlir::ModuleOp"> {
  let summary = "removes work that cannot change a result bit";
  let description = [{
    Moves, copies and exactly rounded arithmetic on constants only, so that every numerics policy may run it.

    ```mlir
    etch.transpose(etch.transpose(x, p), q)   ->  etch.transpose(x, p[q])
    etch.reshape(etch.reshape(x))             ->  etch.reshape(x)
    etch.dot_general(etch.transpose(x), y)    ->  etch.dot_general(x, y) with other axes
    etch.exp(etch.reshape(x))                 ->  etch.reshape(etch.exp(x))
    etch.broadcast_in_dim(etch.reshape(x))    ->  etch.broadcast_in_dim(x) when the reshape adds axes of extent 1
    etch.broadcast_in_dim(etch.reshape(etch.broadcast_in_dim(x)))
                                              ->  etch.reshape(etch.broadcast_in_dim(x)), unless it repeats few elements
    etch.mul(2.0, 3.0)                        ->  6.0
    etch.stop_gradient(x)                     ->  x
    ```
  }];
}

def ExpandPowers : Pass<"etch-expand-powers", "mlir::ModuleOp"> {
  let summary = "makes powers by known exponents products and square roots";
  let description = [{
    What programs write as `pow(x, 2)`, or derivatives leave of it. Exponents -2, -1, -1/2, 1/2, 1, 3/2, 2, 5/2, 3, 4 and 5 of f32 and
    f64 round up to four times where `pow` rounds about once, so policy strict does without; of f16 and bf16, the exponents
    that take one rounding; of whole numbers, those up to 4. Special values are those of `pow`: the root of -0 is 0
    here, and that of -inf is not NaN.

    ```mlir
    %0 = etch.pow %x, 3.0
    %1 = etch.pow %x, 0.5
    // becomes
    %0 = etch.mul(etch.square(%x), %x)
    %1 = etch.select(%x == -inf, inf, etch.sqrt(%x + 0.0))
    ```
  }];
}

def JoinPads : Pass<"etch-join-pads", "mlir::ModuleOp"> {
  let summary = "makes a concatenation of a sum of parts padded with zeros";
  let description = [{
    The derivative of slices is such a sum. A part of -0 stays -0 here, so policy strict does without.

    ```mlir
    %0 = etch.pad %x low = [0] high = [3]
    %1 = etch.pad %y low = [2] high = [0]
    %2 = etch.add %0, %1
    // becomes
    %2 = etch.concatenate %x, %y
    ```
  }];
}

def SplitParts : Pass<"etch-split-parts", "mlir::ModuleOp"> {
  let summary = "computes parts apart that are put together only to be taken apart again";
  let description = [{
    A loop whose state is `stack({...})` and whose body reads `state[i]` carries the parts. Parts are put together again where the
    whole tensor is needed, if that is seldom.

    ```mlir
    %0 = etch.concatenate %x, %y axis = 0
    %1 = etch.mul %0, %z
    %2 = etch.slice %1 starts = [0] limits = [4]
    // becomes, where %x has 4 elements
    %2 = etch.mul %x, (etch.slice %z starts = [0] limits = [4])
    ```
  }];
}

def UnrollAxes : Pass<"etch-unroll-axes", "mlir::ModuleOp"> {
  let summary = "computes with coordinates apart where what is computed from their sum meets them again";
  let description = [{
    Up to four coordinates, along the innermost axis only where no large tensor lies in memory so; there also where nothing
    meets them again, as vectors would be short. Additions are in the order of the axis; policy strict does without.

    ```mlir
    %d = etch.sub %p, %q : tensor<2x9xf32>
    %s = etch.reduce_sum (etch.square %d) axes = [0]
    %r = etch.mul %d, (etch.broadcast_in_dim %s dims = [1])
    // becomes
    %dx = etch.sub (etch.take %p, 0), (etch.take %q, 0) : tensor<9xf32>
    %dy = etch.sub (etch.take %p, 1), (etch.take %q, 1) : tensor<9xf32>
    %s = etch.add (etch.square %dx), (etch.square %dy)
    %rx = etch.mul %dx, %s
    %ry = etch.mul %dy, %s
    ```
  }];
}

def LowerStacks : Pass<"etch-lower-stacks", "mlir::ModuleOp"> {
  let summary = "makes tensors of the stacks of loops that run a known number of times";
  let description = [{
    A stack that one loop pushes to and one loop pops from, once an iteration, becomes a tensor with an axis for the
    iterations: kernels read and write its slices where they lie. In loops inside of loops the tensor of the inner one is
    pushed and popped whole, and the outer one's turn comes next.

    ```mlir
    etch.for %c0 to %c8 { etch.stack_push %h id = 0 ... }
    etch.for %c0 to %c8 { %p = etch.stack_pop id = 0 ... }
    // becomes
    %all = etch.for %c0 to %c8 (%zeros) { ... etch.dynamic_update_slice %carried, %h starts %i ... }
    etch.for %c0 to %c8 { %p = etch.take %all, (7 - %i) axis = 0 ... }
    ```
  }];
}

def HoistInvariants : Pass<"etch-hoist-invariants", "mlir::ModuleOp"> {
  let summary = "computes what stays the same in all iterations of a loop before it";
  let description = [{
    Products, reductions and other work that reads nothing of the loop; elementwise ops only where they are dear or
    read by what needs them in memory: kernels of the loop compute the others while they read. Loops run at least once as
    far as this is concerned. Ops in branches stay, and so do those of unknown extents.

    ```mlir
    etch.for %lower to %upper (%x) {
      %y = etch.dot_general %carried, (etch.add %w, (etch.transpose %w))
    // becomes
    %s = etch.add %w, (etch.transpose %w)
    etch.for %lower to %upper (%x) {
      %y = etch.dot_general %carried, %s
    ```
  }];
}

def ReadInits : Pass<"etch-read-inits", "mlir::ModuleOp"> {
  let summary = "reads slices that a loop has not yet written where the loop began";
  let description = [{
    Iteration i reads slice i of a carried tensor and writes no other: what it reads is what the loop began with. The
    derivative of a loop that writes its results slice by slice reads the slices' derivatives so, and the carried tensor
    is gone; a loop that updates a tensor slice by slice writes the new one beside the old one.

    ```mlir
    %x = etch.take %carried, %i axis = 0
    %next = etch.dynamic_update_slice %carried, %y starts %i, 0
    // becomes
    %x = etch.take %init, %i axis = 0
    %next = etch.dynamic_update_slice %carried, %y starts %i, 0
    ```
  }];
}

def WriteSlices : Pass<"etch-write-slices", "mlir::ModuleOp"> {
  let summary = "writes slices that a loop adds to zeros once each";
  let description = [{
    The derivative of reading slice i in iteration i. Under policy strict 0 is added to the slice, as it was: 0 + -0 is 0.

    ```mlir
    %next = etch.scatter_add %carried, %i, %x axis = 0      // %carried starts as zeros
    // becomes
    %next = etch.dynamic_update_slice %carried, (etch.reshape %x) starts %i, 0
    ```
  }];
  let options = [Option<"strict", "strict", "bool", "false", "policy strict: keep the addition of 0">];
}

def SinkProducts : Pass<"etch-sink-products", "mlir::ModuleOp"> {
  let summary = "computes the sum of a loop's products as one product behind the loop";
  let description = [{
    The derivative by weights that every iteration reads. The sides of the product are kept for all iterations, if they
    are not already: the depth of the product is then that of all iterations together. Additions happen in another
    order, so policy strict does without.

    ```mlir
    %next = etch.add %carried, (etch.dot_general %a, %b contract = [0] x [0])
    // becomes, with %as and %bs the %a and %b of all iterations
    %sum = etch.dot_general (etch.reshape %as), (etch.reshape %bs) contract = [0] x [0]
    ```
  }];
}

def BatchProducts : Pass<"etch-batch-products", "mlir::ModuleOp"> {
  let summary = "computes the products of a loop's slices as one product outside of it";
  let description = [{
    Rows of a product are independent of each other: rows that are read from a tensor are multiplied before the loop, and
    products that only become slices of a tensor behind it. Every element stays the same sum.

    ```mlir
    etch.for { etch.dot_general (etch.take %xs, %i), %w ... }
    // becomes
    %all = etch.dot_general (etch.reshape %xs), %w
    etch.for { etch.take (etch.reshape %all), %i ... }
    ```
  }];
}

def TransposeInvariants : Pass<"etch-transpose-invariants", "mlir::ModuleOp"> {
  let summary = "transposes weights that a loop's products read across, once before the loop";
  let description = [{
    A product with few rows takes as long to pack its right side as to multiply. A side that lies as the product reads it
    is packed in passing.

    ```mlir
    etch.for { etch.dot_general %g, %w contract = [1] x [1] }
    // becomes
    %t = etch.transpose %w
    etch.for { etch.dot_general %g, %t contract = [1] x [0] }
    ```
  }];
}

def StoreSlices : Pass<"etch-store-slices", "mlir::ModuleOp"> {
  let summary = "marks slices that loops write into what they carry";
  let description = [{
    Such an update needs no kernel: the plan lets the kernel that makes the slice write it where it belongs, if it can.
    Tensors that a loop overwrites as a whole, slice by slice, before anything reads them need no initial value.

    ```mlir
    %next = etch.dynamic_update_slice %carried, (etch.reshape %x) starts %i, 0
    // becomes
    %next = etch.store_slice %x into %carried at %i
    ```
  }];
}

def TakeOneHot : Pass<"etch-take-one-hot", "mlir::ModuleOp"> {
  let summary = "makes products with one_hot rows that are taken, or added to rows";
  let description = [{
    What `etch::one_hot` picks by products it picks by index: rows of zeros for indices outside. Other rows are not read, so
    that what is not finite there no longer makes NaN; policy strict keeps the product.

    ```mlir
    %h = etch.cast(%i == iota)                  // [n, d]
    %r = etch.dot_general %h, %w                // [n, d] x [d, k]
    %g = etch.dot_general %h, %y                // [n, d] x [n, k] over n
    // becomes
    %r = etch.select(0 <= %i < d, etch.take %w, %i, 0)
    %g = etch.scatter_add %zeros, %i, %y
    ```
  }];
}

def SplitColumnSums : Pass<"etch-split-column-sums", "mlir::ModuleOp"> {
  let summary = "takes out of sums over outer axes of large tensors what is the same along these axes";
  let description = [{
    What is left does not wait for other sums over the same rows, so that the moments of the columns, and what their
    derivatives sum, are one pass over memory. Additions come in another order; policy strict does without. The mean of
    the first rows stands for the mean of all: the sum of squares around it is no more than 33 times that around the
    mean, and what is subtracted is exact but for rounding.

    ```mlir
    %m = etch.div (etch.reduce_sum %x), 4096.0
    %v = etch.reduce_sum (etch.square (etch.sub %x, %m))
    // becomes
    %p = etch.div (etch.reduce_sum (etch.slice %x)), 128.0
    %d = etch.sub %x, %p
    %v = (etch.reduce_sum (etch.mul %d, %d)) + 2 (%p - %m) (etch.reduce_sum %d) + 4096.0 (%p - %m)^2
    ```
  }];
}

def SliceOperands : Pass<"etch-slice-operands", "mlir::ModuleOp"> {
  let summary = "computes parts of values of which only parts are read";
  let description = [{
    Elementwise ops on large tensors in memory whose results only slices read, each element once at most. The whole
    value would be stored for the slices to be views of it.

    ```mlir
    %0 = etch.cast %x {dtype = f32} : (tensor<1080x1920x3xui8>) -> tensor<1080x1920x3xf32>
    %1 = etch.slice %0 starts = [0, 0, 2] limits = [1080, 1920, 3]
    // becomes
    %0 = etch.slice %x starts = [0, 0, 2] limits = [1080, 1920, 3]
    %1 = etch.cast %0 : (tensor<1080x1920x1xui8>) -> tensor<1080x1920x1xf32>
    ```
  }];
}

def ReshapeOperands : Pass<"etch-reshape-operands", "mlir::ModuleOp"> {
  let summary = "computes what is reduced under the shape it is reduced in";
  let description = [{
    Elementwise ops whose results are reduced behind a reshape, as means of blocks of pixels are written. The results
    would be stored for the reshape to be a view of them.

    ```mlir
    %0 = etch.cast %x {dtype = f32} : (tensor<1080x1920xui8>) -> tensor<1080x1920xf32>
    %1 = etch.reshape %0 shape = [540, 2, 960, 2] : (tensor<1080x1920xf32>) -> tensor<540x2x960x2xf32>
    %2 = etch.reduce_sum %1 axes = [1, 3]
    // becomes
    %0 = etch.reshape %x shape = [540, 2, 960, 2] : (tensor<1080x1920xui8>) -> tensor<540x2x960x2xui8>
    %1 = etch.cast %0 {dtype = f32} : (tensor<540x2x960x2xui8>) -> tensor<540x2x960x2xf32>
    %2 = etch.reduce_sum %1 axes = [1, 3]
    ```
  }];
}

def FormKernels : Pass<"etch-form-kernels", "mlir::ModuleOp"> {
  let summary = "groups ops into kernels and outlines each group";
  let description = [{
    One walk in program order, linear in the number of ops. An op joins the group of its latest producer when both run
    over the same index space and every other operand is ready before that group; else it opens a group. Ops that only
    move or make elements (broadcast, transpose, slice, constant, iota, ...) are copied into each group that reads them.
    Elementwise ops on the result of a convolution run in its kernel, on the sums that are about to be stored.
    Reductions join the group that computes their operand and take elementwise consumers of their result along, also those
    that read it again along the rows. A group that another op turns out to read as well moves into that op's group if
    nothing in between reads it.
    Groups that are structurally equal become one kernel.

    ```mlir
    %0 = etch.mul %a, %b : tensor<8xf32>
    %1 = etch.add %0, %c : tensor<8xf32>
    // becomes
    %1 = etch.launch @mul_add(%a, %b, %c) : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    ```
  }];
  let options = [
    Option<"explain", "explain", "bool", "false", "remark on each op that does not run in the kernel of a neighbour it reads">
  ];
}

def ShareKernels : Pass<"etch-share-kernels", "mlir::ModuleOp"> {
  let summary = "makes one of kernels that differ in extents only";
  let description = [{
    A kernel that treats tensors of one shape element by element needs to be told how many elements there are, and nothing
    else about the shape. Of kernels that are equal but for it the largest stays, marked `etch.flat`: the types in it
    are those of its largest launch, and every launch has the number of elements of its own results.

    ```mlir
    %0 = etch.launch @update(%a, %da) : (tensor<784x128xf32>, tensor<784x128xf32>) -> tensor<784x128xf32>
    %1 = etch.launch @update_1(%b, %db) : (tensor<10xf32>, tensor<10xf32>) -> tensor<10xf32>
    // becomes
    %0 = etch.launch @update(%a, %da) : (tensor<784x128xf32>, tensor<784x128xf32>) -> tensor<784x128xf32>
    %1 = etch.launch @update(%b, %db) : (tensor<10xf32>, tensor<10xf32>) -> tensor<10xf32>
    ```
  }];
}

def FormStrands : Pass<"etch-form-strands", "mlir::ModuleOp"> {
  let summary = "says which ops of the schedule run side by side";
  let description = [{
    Kernels that wait for each other make a strand; strands that need nothing of each other make a section, and run as the
    tasks of one loop. The program alone decides, by the time that ops are expected to take (ExpectedTime.h): where two
    threads that run strands would be done sooner than two threads that share each kernel. Whole loops belong to one
    strand. Effects keep their places.

    ```mlir
    %0 = etch.for ...
    %1 = etch.launch @k(%x)
    %2 = etch.for ...
    // becomes
    %1 = etch.launch @k(%x)
    %0 = etch.for ... attributes {etch.strand = array<i64: 0, 0>}
    %2 = etch.for ... attributes {etch.strand = array<i64: 0, 1>}
    ```
  }];
  let options = [
    Option<"explain", "explain", "bool", "false", "remark on each section, and where there is none">,
    Option<"all", "all", "bool", "false", "for tests: sections of whatever may run side by side, worth it or not">
  ];
}

def PlanBuffers : Pass<"etch-plan-buffers", "mlir::ModuleOp"> {
  let summary = "decides where every value of the schedule lives";
  let description = [{
    Each value gets a slot of the function's arena, or the memory of a result. Slots are shared by values that are never
    alive at once; an elementwise kernel may write over an operand that dies with it.

    ```mlir
    %0 = etch.launch @k(%x) slots = [0] : ...    // slot 0 of the arena
    %1 = etch.launch @k(%0) slots = [-1] : ...   // result 0 of the function
    ```
  }];
}

def VerifyStage : Pass<"etch-verify-stage", "mlir::ModuleOp"> {
  let summary = "checks the contract of a stage";
  let description = [{ Says what is illegal at the end of the stage, at the op that breaks the contract. }];
  let options = [Option<"stage", "stage", "std::string", "\"tensor\"", "stage whose contract is checked">];
}

#endif
