#pragma once
// Emits one of the two functions of a program from its planned schedule.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/SymbolTable.h"

#include "codegen/cpu/elements/Elements.h"
#include "codegen/cpu/entry/ExtentChecks.h"
#include "codegen/cpu/entry/SiteTable.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

class EntryEmitter {
  using FuncOp = mlir::func::FuncOp;
  using Value = mlir::Value;

 public:
  EntryEmitter(mlir::ModuleOp module, mlir::SymbolTable &symbols, FuncOp source, SiteTable &sites)
      : module(module),
        symbols(symbols),
        source(source),
        sites(sites),
        b(module.getContext()),
        extents(b, &symbols),
        pointer(mlir::LLVM::LLVMPointerType::get(module.getContext())),
        word(b.getI64Type()) {}

  /// `<name>_entry(call) -> i32`
  void emitEntry();
  /// `<name>_shapes(context, dims, out) -> i32`
  void emitShapes();

 private:
  /// Where a tensor lies: a pointer of the emitted function, or what one is made of wherever it is needed. Thus no
  /// pointer is held from launch to launch, and all but the first kind mean the same in every function of the program.
  struct Storage {
    enum class Kind : uint8_t { pointer, argument, weights, result, slot, constant, turn };
    Kind kind = Kind::pointer;
    int64_t number = 0;
    Value pointer = {};  // Kind::pointer

    Storage() = default;
    Storage(Kind kind, int64_t number) : kind(kind), number(number) {}
    Storage(Value pointer) : pointer(pointer) {}
    bool isPointer() const { return kind == Kind::pointer; }
    friend bool operator==(const Storage &a, const Storage &b) {
      return a.kind == b.kind && a.number == b.number && a.pointer == b.pointer;
    }
  };

  mlir::ModuleOp module;
  mlir::SymbolTable &symbols;
  FuncOp source, function;
  SiteTable &sites;
  mlir::OpBuilder b;
  ExtentEmitter extents;
  mlir::Type pointer, word;
  Value call, context, args, results, weights, arena;  // the call, and pointers of it
  Value arenaBytes, params;
  Value turnWords;  // addresses of what takes turns in memory
  int64_t numTurnWords = 0;
  int64_t nextTurnWord() { return outer ? outer->nextTurnWord() : numTurnWords++; }
  int nextGlobal() { return outer ? outer->nextGlobal() : numGlobals++; }
  llvm::SmallVector<Value> slotOffsets;
  llvm::DenseMap<Value, Storage> storage;
  llvm::DenseMap<int64_t, Storage> elsewhere;  // slots that are elsewhere for the length of a loop
  int numGlobals = 0, numParts = 0;
  EntryEmitter *outer = nullptr;  // of the function whose strands this one runs
  llvm::SmallVector<Value> captures;
  llvm::DenseMap<Value, Value> capturedAt;

  mlir::Location at() { return source.getLoc(); }
  void begin(const std::string &name, llvm::ArrayRef<mlir::Type> types);
  void bindCall(Value argument);
  /// The address of a word.
  Value wordAt(Value base, int64_t index);
  Value wordAt(Value base, Value index) {
    return mlir::LLVM::GEPOp::create(b, at(), pointer, word, base, llvm::ArrayRef<mlir::LLVM::GEPArg>{index});
  }
  Value field(Value base, int64_t index, mlir::Type type);
  /// A pointer in memory that stays as it is during the call.
  Value constantField(Value base, int64_t index);
  void bindExtents(Value call, int32_t index);
  void bindExtentsFrom(Value dims);
  using Range = llvm::iterator_range<mlir::Block::iterator>;
  void emitBlock(mlir::Block &block) { emitOps({block.begin(), block.end()}); }
  void emitOps(Range ops);
  void emitOp(mlir::Operation *op);
  void emitConstant(ir::ConstantOp constant);
  FuncOp runtimeFunction(llvm::StringRef name, mlir::TypeRange inputs, mlir::TypeRange outputs);
  mlir::ValueRange callRuntime(llvm::StringRef name, llvm::ArrayRef<Value> arguments, mlir::TypeRange outputs = {});
  /// Read-only data of the program. Names begin with "etch.", as no kernel's does.
  mlir::LLVM::GlobalOp globalData(mlir::Type type, mlir::Attribute value, const std::string &name);
  static std::string nameOfConstant(int64_t number) { return "etch.constant." + std::to_string(number); }
  Value text(llvm::StringRef string);
  Value i32(int64_t value) { return mlir::arith::ConstantOp::create(b, at(), b.getI32IntegerAttr(value)); }
  Value loadBool(Value tensor) { return loadScalar(b, at(), DType::boolean, addressOf(tensor), extents.constant(0)); }
  Value loadExtent(Value tensor) { return loadScalar(b, at(), DType::i64, addressOf(tensor), extents.constant(0)); }

  static DType dtypeOf(mlir::Type tensor) {
    return ir::toDType(llvm::cast<mlir::RankedTensorType>(tensor).getElementType());
  }

  // EntryLaunch.cpp
  static int64_t wordsOf(ir::LaunchOp launch);
  static int64_t maxWords(mlir::Operation *op);
  void emitLaunch(ir::LaunchOp launch);
  void putAddresses(Value words, llvm::ArrayRef<Storage> places, size_t fewestInLoop);
  /// Many places of one kind, which a table names.
  void putNumbered(Value words, llvm::ArrayRef<Storage> places);
  /// The address of constant words.
  Value tableOf(llvm::ArrayRef<int64_t> numbers);
  void forEach(int64_t count, llvm::function_ref<void(Value i)> emit);

  // EntryMemory.cpp: memory as it was planned.
  /// The extents, and the bytes of an element.
  Extents factorsOf(Value tensor);
  /// The same of the partial sums of a launch.
  Extents partialFactors(ir::LaunchOp launch);
  Value bytesOf(Value tensor) { return extents.product(factorsOf(tensor)); }
  /// Their product, or ETCH_MOST_BYTES where it is more.
  Value boundedBytes(llvm::ArrayRef<Value> factors);
  /// Offsets of the slots: constants, or computed from the extents of what they hold. They are bounded where nobody has
  /// seen yet that they are numbers.
  enum class Slots : uint8_t { plain, bounded };
  void layOutSlots(Slots slots);
  static void forEachPlaced(mlir::Operation *op, llvm::function_ref<void(Value, int64_t)> visit);
  Storage inSlot(int64_t slot);
  /// What places of the kind are counted from.
  Value baseOf(Storage::Kind kind);
  Storage storageOf(Value tensor);
  Value addressOf(const Storage &storage);
  Value addressOf(Value tensor) { return addressOf(storageOf(tensor)); }
  /// A member that points to what the call brought, in the body of a section, too.
  Value ofCall(Value EntryEmitter::*member) { return outer ? captured(outer->ofCall(member)) : this->*member; }
  void placeResults(mlir::Operation *op);
  void placeFixedResults(mlir::Operation *op);
  Value sliceAddress(ir::StoreSliceOp store);
  /// Results that go straight into the slices they become.
  void placeSlices(ir::LaunchOp launch);
  void emitStoreSlice(ir::StoreSliceOp store);
  void copy(const Storage &from, const Storage &to, Value tensor);
  struct Copy {
    Storage from, to;
    Value tensor;
  };
  void copyAll(llvm::ArrayRef<Copy> copies);
  /// In the first block, so that loops do not grow the stack.
  Value stack(mlir::Type type, int64_t count);

  // EntryRunTimeMemory.cpp: memory that is sized while the program runs.

  /// A value that has another address and other extents each time round: both lie in variables of the emitted code.
  struct Moving {
    Value value;
    int64_t number;
    Value home;           // of the address
    Extents extentHomes;  // of the unknown extents
  };
  /// Block `number` of the call, of as many bytes as the product. What it held is lost when it grows.
  Value block(int64_t number, llvm::ArrayRef<Value> factors);
  /// The results of a branch or loop that are sized at run time.
  llvm::SmallVector<Moving> movingResults(mlir::Operation *op);
  bool isMoving(llvm::ArrayRef<Moving> moving, Value value);
  void store(const Moving &m, Value memory, Extents size);
  /// Copies `from` to block `number`, which may be the one after `m`'s own.
  Value copyToBlock(int64_t number, Value from);
  /// Where `m` is from here on, as the value itself and as `others`.
  void load(const Moving &m, mlir::ValueRange others = {});
  void copyInto(mlir::ValueRange values, mlir::ValueRange places, llvm::ArrayRef<Moving> moving);
  /// Before an op that works with extents that were unknown until now: they must fit, and are fixed from here on.
  void settleExtents(mlir::Operation *op);

  // EntryControl.cpp
  mlir::Block *newBlock();
  void jump(mlir::Block *target) { mlir::cf::BranchOp::create(b, at(), target); }
  void jumpIf(Value condition, mlir::Block *yes, mlir::Block *no);
  void enter(mlir::Block *block);
  void returnStatus(int32_t status);
  void returnUnless(Value holds);
  void emitIf(ir::IfOp branch);
  /// Memory of what a loop carries, holding what it begins with.
  llvm::SmallVector<Moving> beginLoop(mlir::Operation *loop, unsigned offset);
  /// At the top of each iteration, and after the last one.
  void loadCarried(mlir::Operation *loop, unsigned offset, llvm::ArrayRef<Moving> moving);
  /// What the body yields becomes what the loop carries.
  void carryOn(mlir::Operation *loop, llvm::ArrayRef<Moving> moving);
  // EntryTurns.cpp

  /// What a loop carries in places that change each time round: addresses, as arguments of the block at the top of each
  /// iteration, or, where there are many, in memory. Of values that move on as they are the place moves, too; the free
  /// places are where kernels of the body make the next ones.
  struct Place {
    int64_t slot;  // where it is at first
    Storage now;
  };
  struct Turns {
    mlir::Operation *loop;
    unsigned offset;                      // of the carried values among the arguments of regions
    llvm::SmallVector<unsigned> numbers;  // of the values, whose places come first
    llvm::SmallVector<int64_t> seconds;   // kTurns, for each result
    llvm::SmallVector<Place> places;
    bool areInMemory = false;
  };
  /// Numbers of the values that move on as they are, or that are made in one of two places in turn.
  static llvm::SmallVector<unsigned> turnsOf(mlir::Operation *loop, unsigned offset);
  /// Memory for the addresses that all loops of the function have there.
  void allocateTurns();
  /// Adds the arguments to `top`, and where the places are at first to `first`.
  Turns beginTurns(mlir::Operation *loop, unsigned offset, mlir::Block *top, llvm::SmallVectorImpl<Value> &first);
  /// From the top of an iteration on.
  void takeTurns(const Turns &turns);
  /// At its end: where each place is in the next one.
  llvm::SmallVector<Storage> moveOn(const Turns &turns);
  /// Behind everything else of an iteration: adds the arguments to `next`, or moves the addresses in memory.
  void passOn(const Turns &turns, llvm::ArrayRef<Storage> places, llvm::SmallVectorImpl<Value> &next);
  /// words[i] = words[order[i]], for `turns` words from `first` on.
  void permute(int64_t first, llvm::ArrayRef<int64_t> order);
  /// Behind the loop.
  void endTurns(const Turns &turns);

  void emitWhile(ir::WhileOp loop);
  void emitFor(ir::ForOp loop);

  // EntryRegisters.cpp
  bool isStraight(mlir::Operation *op);
  /// Slots that others than straight lines write in the body of a loop.
  llvm::DenseSet<int64_t> slotsInMemory(mlir::Operation *loop, unsigned offset);
  /// Do straight lines alone read what a loop carries at a position?
  bool isForStraightLines(mlir::Operation *loop, unsigned position);
  /// What a loop carries in registers lies on the stack from here on, and in its slot from there on.
  void moveToStack(mlir::Operation *loop, unsigned offset);
  void leaveStack(mlir::Operation *loop, unsigned offset);
  /// A tensor of a few elements as one value.
  mlir::Type typeOfFew(Value tensor);
  /// Where the parameters of a launch are: straight-line kernels have their own, which become values.
  Value paramsOf(ir::LaunchOp launch);

  // EntryParts.cpp
  bool isFound(Value value);
  bool isPlain(mlir::Operation *op, bool isInside = false);
  static int64_t codeOf(mlir::Operation *op);
  /// The plain ops from `first` on.
  Range stretchAt(mlir::Block::iterator first, mlir::Block::iterator end);
  static bool isLong(Range stretch);
  void emitInParts(Range stretch);
  /// A function of the program that `emit` fills, whose launches have so many parameters at most, and its call.
  void emitPart(int64_t words, llvm::function_ref<void(EntryEmitter &)> emit);

  // EntryStrands.cpp
  /// The ops of the section that begins at `first`; none if none does.
  Range sectionAt(mlir::Block::iterator first, mlir::Block::iterator end);
  /// Calls the runtime's loop over the strands.
  void emitSection(Range section);
  /// The body of that loop, by an emitter of its own. Returns the number of strands.
  int64_t emitStrands(Range section, const std::string &name);
  /// A pointer of the function around, in the body of the loop.
  Value captured(Value outside);

  // EntryEffects.cpp
  void fail(llvm::StringRef message, mlir::Location location);
  void emitCheck(ir::CheckOp check);
  /// An array of etch_view on the stack.
  Value views(mlir::ValueRange tensors);
  void emitPrint(ir::PrintOp print);
  void emitHostCall(ir::HostCallOp call);
  void emitStack(llvm::StringRef name, Value tensor, int64_t id);
  void emitReturn(mlir::func::ReturnOp ret);
  bool updatesVariables();
  /// No variable is written behind an effect that failed and could not say so.
  void leaveIfFailed();
  /// Behind an op of the body that is such an effect, or holds one.
  void leaveIfFailed(mlir::Operation *op);
  void require(Value holds, mlir::Operation *op, llvm::StringRef what);
  void checkExtents(mlir::Operation *op, StatedExtents &stated);
  /// Unknown extents must fit the ops they meet in, the loops that carry them and the variables they go into. Those
  /// that depend on data are checked when they are known, those of branches and bodies of loops where they run.
  void checkExtents();
  void checkExtentsIn(mlir::Block &block, StatedExtents &stated);
  void checkWhereItRuns(mlir::Block &block);
  void checkBeforeLoop(ir::ForOp loop, Value lower, Value upper);
  void checkUpdate(mlir::Operation *ret, unsigned r);
};

}  // namespace etch::codegen
