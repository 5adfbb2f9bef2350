// Ops that slide a window over a tensor: convolutions and pooling.
#ifndef ETCH_OPS_WINDOW_TD
#define ETCH_OPS_WINDOW_TD

include "ir/dialect/EtchBase.td"

class Window_Op<string mnemonic> : Etch_Op<mnemonic, [Pure, InferredByRule]> { let family = "Window"; }

def ConvolutionOp : Window_Op<"convolution"> {
  let summary = "sums of products of filters with the windows they lie over";
  let description = [{
    For result position p, batch b and output feature o: the sum over window positions k and input features i of
    lhs[b, i, p * strides + k * rhs_dilation - low] * rhs[o, i, k], where lhs_dilation - 1 zeros lie between the elements
    of lhs, and positions outside count as zeros. `low` and `high` are the zeros added at the ends of each spatial axis;
    negative ones cut. lhs_axes names the axes of lhs: batch, feature, then the spatial ones; rhs_axes those of rhs: output
    feature, input feature, spatial ones; result_axes those of the result, as lhs_axes. With feature_groups = n input and
    output features are in n groups, each output group sees its own input group only; with batch_groups = n the same
    holds for the batch of lhs. f16 and bf16 accumulate in f32. (StableHLO's convolution.)
  }];
  let arguments = (ins Etch_NumberTensor:$lhs, Etch_NumberTensor:$rhs, DenseI64ArrayAttr:$strides,
      DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high, DenseI64ArrayAttr:$lhs_dilation, DenseI64ArrayAttr:$rhs_dilation,
      DenseI64ArrayAttr:$lhs_axes, DenseI64ArrayAttr:$rhs_axes, DenseI64ArrayAttr:$result_axes,
      I64Attr:$feature_groups, I64Attr:$batch_groups);
  let results = (outs Etch_NumberTensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs `axes` `=` $lhs_axes `x` $rhs_axes `to` $result_axes `strides` `=` $strides `low` `=` $low
    `high` `=` $high `dilation` `=` $lhs_dilation `x` $rhs_dilation `groups` `=` $feature_groups `x` $batch_groups
    attr-dict `:` functional-type(operands, results)
  }];
  let publicSignature = "Tensor convolution(Operand x, Operand filters, const Convolution &options)";
  let exampleCode = "etch::convolution(etch::constant({{{1.f}, {2.f}, {3.f}}}), etch::constant({{{1.f}}, {{10.f}}}), etch::Convolution{.strides = {1}})";
  let exampleOutput = "[[[21.]\n  [32.]]]";
}

def ReduceWindowSumOp : Window_Op<"reduce_window_sum"> {
  let summary = "the sum of each window";
  let description = [{
    Every list has one entry for each axis. Result element p is the sum of the elements at p * strides + k * window_dilation
    - low for k inside `window`, where base_dilation - 1 absent elements lie between neighbours; absent elements and those
    outside count as 0. f16 and bf16 accumulate in f32. (StableHLO's reduce_window.)
  }];
  let arguments = (ins Etch_NumberTensor:$operand, DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
      DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high, DenseI64ArrayAttr:$base_dilation,
      DenseI64ArrayAttr:$window_dilation);
  let results = (outs Etch_NumberTensor:$result);
  let assemblyFormat = [{
    $operand `window` `=` $window `strides` `=` $strides `low` `=` $low `high` `=` $high
    `dilation` `=` $base_dilation `x` $window_dilation attr-dict `:` functional-type(operands, results)
  }];
  let publicSignature = "Tensor reduce_window_sum(Operand x, const Window &window)";
  let exampleCode = "etch::reduce_window_sum(etch::constant({1.f, 2.f, 3.f, 4.f}), etch::Window{.extents = {2}, .strides = {1}})";
  let exampleOutput = "[3. 5. 7.]";
}
def ReduceWindowMaxOp : Window_Op<"reduce_window_max"> {
  let summary = "the maximum of each window";
  let description = [{
    Windows are those of reduce_window_sum; what lies outside counts as -inf (the smallest integer). NaN if any element of
    the window is; a zero is +0. The gradient goes to the first of equals in row-major order.
  }];
  let arguments = (ins Etch_NumberTensor:$operand, DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
      DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high, DenseI64ArrayAttr:$window_dilation);
  let results = (outs Etch_NumberTensor:$result);
  let assemblyFormat = [{
    $operand `window` `=` $window `strides` `=` $strides `low` `=` $low `high` `=` $high
    `dilation` `=` $window_dilation attr-dict `:` functional-type(operands, results)
  }];
  let publicSignature = "Tensor reduce_window_max(Operand x, const Window &window)";
  let exampleCode = "etch::reduce_window_max(etch::constant({1.f, 5.f, 3.f, 4.f}), etch::Window{.extents = {2}, .strides = {2}})";
  let exampleOutput = "[5. 4.]";
}

def SelectAndScatterAddOp : Window_Op<"select_and_scatter_add"> {
  let summary = "one number a window added where that window has its maximum";
  let description = [{
    A tensor like the operand: each element of source is added at the first largest element of its window (NaN counts as
    largest), in row-major order of source. A window without elements drops its number. The gradient of reduce_window_max;
    not differentiable in the operand's order, so its derivative there is zero. (StableHLO's select_and_scatter.)
  }];
  let arguments = (ins Etch_NumberTensor:$operand, Etch_NumberTensor:$source, DenseI64ArrayAttr:$window,
      DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high, DenseI64ArrayAttr:$window_dilation);
  let results = (outs Etch_NumberTensor:$result);
  let assemblyFormat = [{
    $operand `,` $source `window` `=` $window `strides` `=` $strides `low` `=` $low `high` `=` $high
    `dilation` `=` $window_dilation attr-dict `:` functional-type(operands, results)
  }];
  let publicSignature = "Tensor select_and_scatter_add(Operand x, Operand source, const Window &window)";
  let exampleCode = "etch::select_and_scatter_add(etch::constant({1.f, 5.f, 3.f, 4.f}), etch::constant({10.f, 20.f}), etch::Window{.extents = {2}, .strides = {2}})";
  let exampleOutput = "[ 0. 10.  0. 20.]";
}
def SelectAndGatherOp : Window_Op<"select_and_gather"> {
  let summary = "what lies where each window has its maximum";
  let description = [{
    For each window of the operand the element of values at the position of the window's first largest element (NaN counts
    as largest); 0 for a window without elements. The forward derivative of reduce_window_max, and the transpose of
    select_and_scatter_add.
  }];
  let arguments = (ins Etch_NumberTensor:$operand, Etch_NumberTensor:$values, DenseI64ArrayAttr:$window,
      DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high, DenseI64ArrayAttr:$window_dilation);
  let results = (outs Etch_NumberTensor:$result);
  let assemblyFormat = [{
    $operand `,` $values `window` `=` $window `strides` `=` $strides `low` `=` $low `high` `=` $high
    `dilation` `=` $window_dilation attr-dict `:` functional-type(operands, results)
  }];
  let publicSignature = "Tensor select_and_gather(Operand x, Operand values, const Window &window)";
  let exampleCode = "etch::select_and_gather(etch::constant({1.f, 5.f, 3.f, 4.f}), etch::constant({10.f, 20.f, 30.f, 40.f}), etch::Window{.extents = {2}, .strides = {2}})";
  let exampleOutput = "[20. 40.]";
}

#endif
