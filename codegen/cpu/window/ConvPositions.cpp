// Direct convolution of few results with many filters: window position by window position.
//
// One picture of a late layer (7^2 x 512 -> 512) has 49 results and 9 MB of filters, which are read from the L3 cache
// or from memory once: how they are read is what takes the time. A trip has all results of a block of outputs for some
// pictures, whose sums are in memory at hand. It takes the filters of a window position and of some inputs, which it
// copies together, for all results that meet them, and fetches the next ones while it computes. Each sum still takes
// window positions and inputs in the order of ConvDirect.cpp. Filters that the derivative by the operand turned around
// are turned while they are copied.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/elements/TransposedTile.h"
#include "codegen/cpu/gemm/GemmEmitter.h"
#include "codegen/cpu/window/ConvTile.h"
#include "passes/fusion/FewResults.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;
using Values = ConvTile::Values;

namespace {

/// Vectors of outputs of a block.
constexpr int64_t kVectors = 2;
/// Results of a trip: with fewer in a picture, it has several pictures.
constexpr int64_t kTripResults = 256;
/// Blocks of a trip: rows of their filters are half a KiB, which the processor fetches by itself when it sees the first
/// lines of it. Of one block (128 bytes, 2 KiB apart) 10 GB/s came.
constexpr int64_t kBlocks = 4;
/// Inputs that are taken at once: 16 KiB of filters of a block, which are copied when its turn comes. All four blocks
/// copied at once were 64 KiB of the L2 cache to write and read again (7^2 x 512: 176 GFLOP/s instead of 193).
constexpr int64_t kInputs = 128;
constexpr int64_t kLineBytes = 64;

class PositionConv {
 public:
  PositionConv(KernelFrame &f, const ConvGeometry &g)
      : f(f),
        g(g),
        op(*f.body().getOps<ir::ConvolutionOp>().begin()),
        tile(f, ir::toDType(op.getType().getElementType())),
        width(kVectors * tile.lanes()),
        blocks(g.outputs / width % kBlocks == 0 ? kBlocks : 1),
        results(g.axes[1].result * g.axes[2].result) {
    auto pointerOf = [&](Value value) { return f.operands[llvm::cast<mlir::BlockArgument>(value).getArgNumber()]; };
    Value given = passes::turnedFilters(op);
    isTurned = given != nullptr;
    x = pointerOf(op.getLhs()), filters = pointerOf(isTurned ? given : op.getRhs());
    batch = f.extents.of(op.getLhs())[0];
    for (Value output : f.outputs()) f.extents.of(output);
  }

  void emit() {
    pictures = std::max<int64_t>(1, kTripResults / results);
    if (auto known = constantOf(batch)) pictures = std::clamp<int64_t>(*known, 1, pictures);
    const int64_t parts = g.outputs / (blocks * width);
    int64_t work = pictures * results * blocks * width * g.inputs;
    for (const WindowAxis &axis : g.axes) work *= std::max<int64_t>(1, axis.window / axis.period());
    Value groups = arith::CeilDivUIOp::create(f.b, f.at, batch, f.constant(pictures));
    if (auto known = constantOf(batch)) groups = f.constant(quotientUp(*known, pictures));
    f.taskWork = kTaskMultiplications;
    f.setTrips(f.mul(groups, f.constant(parts)), work);
    const auto size = static_cast<int64_t>(size_of(tile.dtype()));
    auto scratch = declareScratch(f.target->getParentOfType<mlir::ModuleOp>());
    Value bytes = f.constant((kInputs + blocks * pictures * results) * width * size);
    copy = mlir::func::CallOp::create(f.b, f.at, scratch, mlir::ValueRange{bytes}).getResult(0);
    sums = tile.at(copy, kInputs * width);
    tile.begin(kVectors, width);
    f.loop(f.begin, f.end, 1, [&](Value trip) {
      auto [group, part] = f.split(trip, parts);
      firstPicture = f.mul(group, f.constant(pictures));
      lastPicture = f.minimum(f.add(firstPicture, f.constant(pictures)), batch);
      output = f.mul(part, f.constant(blocks * width));
      overResults([&](Value, const Result &result) { tile.store(sumsAt(result), tile.zeros(1)); });
      for (const WindowPhase &row : phasesOf(g.axes[1])) overWindowRows(row);
      overResults([&](Value picture, const Result &r) {
        Value first = f.add(output, f.mul(r.block, f.constant(width)));
        for (auto [v, value] : llvm::enumerate(tile.load(sumsAt(r)))) {
          Value at = f.add(first, f.constant(static_cast<int64_t>(v) * tile.lanes()));
          const Index index{{picture, 0, {}}, {r.h, 0, {}}, {r.w, 0, {}}, {at, 1, {}}};
          f.storeResults(op.getResult(), value, index, tile.lanes(), {});
        }
      });
    });
  }

 private:
  KernelFrame &f;
  const ConvGeometry &g;
  ir::ConvolutionOp op;
  ConvTile tile;
  int64_t width, blocks;  // outputs of a block, blocks of a trip
  int64_t results;        // of a picture
  int64_t pictures = 1;   // of a trip
  bool isTurned;
  Value x, filters, batch;
  Value copy, sums;  // [input, output] of a block, [block, picture, row, column, output]
  Value firstPicture, lastPicture, output;

  /// A result of each output of a block; pictures are counted from the trip's first one.
  struct Result {
    Value block, picture, h, w;
  };
  void overResults(llvm::function_ref<void(Value picture, const Result &)> body) {
    auto over = [&](int64_t count, llvm::function_ref<void(Value)> each) {
      f.loop(f.constant(0), f.constant(count), 1, each);
    };
    f.loop(firstPicture, lastPicture, 1, [&](Value picture) {
      Value number = f.sub(picture, firstPicture);
      over(g.axes[1].result, [&](Value h) {
        over(g.axes[2].result,
             [&](Value w) { over(blocks, [&](Value block) { body(picture, {block, number, h, w}); }); });
      });
    });
  }
  Value sumsAt(const Result &r) {
    Value picture = f.add(f.mul(r.block, f.constant(pictures)), r.picture);
    Value line = f.add(f.mul(picture, f.constant(g.axes[1].result)), r.h);
    return tile.at(sums, f.mul(f.add(f.mul(line, f.constant(g.axes[2].result)), r.w), f.constant(width)));
  }

  //===-- Window positions -------------------------------------------------------------------------------------===//

  /// A window position, and which results meet it: rows [first, last) of a phase, columns [begin, end) of another.
  struct Position {
    const WindowPhase &row, &column;
    Value number;   // in the window
    Value element;  // of the row of the operand that the phase's first row meets
    int64_t tap;    // in the column's phase
    Value first, last;
    int64_t begin, end;
  };

  void overWindowRows(const WindowPhase &row) {
    f.loop(f.constant(0), f.constant(row.taps), 1, [&](Value j) {
      Value element = f.add(f.mul(j, f.constant(row.offsetStep)), f.constant(row.offset));
      auto reaching = [&](int64_t limit) -> Value {
        Value missing = f.maximum(f.sub(f.constant(limit), element), f.constant(0));
        if (row.advance == 1) return missing;
        Value up = f.add(missing, f.constant(row.advance - 1));
        return arith::DivUIOp::create(f.b, f.at, up, f.constant(row.advance));
      };
      Value first = reaching(0), last = f.minimum(reaching(row.extent), f.constant(row.count));
      Value line = f.mul(f.add(f.mul(j, f.constant(row.step)), f.constant(row.first)), f.constant(g.axes[2].window));
      for (const WindowPhase &column : phasesOf(g.axes[2]))
        for (int64_t i = 0; i < column.taps; ++i) {
          auto [begin, end] = column.met({0, column.count, false}, i);
          Value number = f.add(line, f.constant(column.first + i * column.step));
          if (begin < end) overInputs({row, column, number, element, i, first, last, begin, end});
        }
    });
  }

  void overInputs(const Position &p) {
    f.loop(f.constant(0), f.constant(g.inputs), kInputs, [&](Value first) {
      Value count =
          g.inputs % kInputs ? f.minimum(f.sub(f.constant(g.inputs), first), f.constant(kInputs)) : f.constant(kInputs);
      const Value next = nextFilters(p, first);
      f.loop(f.constant(0), f.constant(blocks), 1, [&](Value block) {
        copyFilters(filtersAt(p.number, first, block), count);
        f.loop(firstPicture, lastPicture, 1, [&](Value picture) { overRows(p, {picture, block, first, count, next}); });
      });
    });
  }

  //===-- Filters ----------------------------------------------------------------------------------------------===//

  /// A block's filters of a window position from an input on. Turned ones are [window, outputs, inputs], the window
  /// from its end on.
  Value filtersAt(Value number, Value input, Value block) {
    Value first = f.add(output, f.mul(block, f.constant(width)));
    if (!isTurned)
      return tile.at(filters,
                     f.add(f.mul(f.add(f.mul(number, f.constant(g.inputs)), input), f.constant(g.outputs)), first));
    number = f.sub(f.constant(g.axes[1].window * g.axes[2].window - 1), number);
    return tile.at(filters,
                   f.add(f.mul(f.add(f.mul(number, f.constant(g.outputs)), first), f.constant(g.inputs)), input));
  }

  void copyFilters(Value from, Value count) {
    if (!isTurned) {
      f.loop(f.constant(0), count, 1, [&](Value i) {
        tile.store(tile.at(copy, f.mul(i, f.constant(width))),
                   tile.load(tile.at(from, f.mul(i, f.constant(g.outputs)))));
      });
      return;
    }
    const int64_t lanes = tile.lanes();
    f.loop(f.constant(0), f.constant(width), lanes, [&](Value row) {
      f.loop(f.constant(0), count, lanes, [&](Value input) {
        Value at = tile.opaque(tile.at(from, f.add(f.mul(row, f.constant(g.inputs)), input)));
        Value to = tile.opaque(tile.at(copy, f.add(f.mul(input, f.constant(width)), row)));
        Values square;
        for (int64_t i = 0; i < lanes; ++i) square.push_back(tile.loadSome(tile.at(at, i * g.inputs), {0, lanes}));
        square = transposed(f.b, f.at, std::move(square));
        for (int64_t i = 0; i < lanes; ++i) storeLine(f.b, f.at, square[i], tile.at(to, i * width));
      });
    });
  }

  /// Those that are copied next: behind the last input those of the next window position.
  Value nextFilters(const Position &p, Value first) {
    Value next = f.add(first, f.constant(kInputs));
    Value isLast = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::sge, next, f.constant(g.inputs));
    auto select = [&](Value then, Value otherwise) -> Value {
      return arith::SelectOp::create(f.b, f.at, isLast, then, otherwise);
    };
    return filtersAt(select(f.add(p.number, f.constant(1)), p.number), select(f.constant(0), next), f.constant(0));
  }

  /// Line `number` of them, row after row.
  void fetch(Value next, Value number) {
    const auto size = static_cast<int64_t>(size_of(tile.dtype()));
    const int64_t lines = (isTurned ? kInputs : blocks * width) * size / kLineBytes;
    auto [row, line] = f.split(number, lines);
    Value at = tile.at(next, f.mul(row, f.constant(isTurned ? g.inputs : g.outputs)));
    at = elementPointer(f.b, f.at, DType::u8, at, f.mul(line, f.constant(kLineBytes)));
    LLVM::Prefetch::create(f.b, f.at, at, /*rw=*/0, /*hint=*/2, /*cache=*/1);
  }

  //===-- Tiles ------------------------------------------------------------------------------------------------===//

  struct Inputs {
    Value picture, block, first, count, next;
  };

  /// Tiles of several rows where one has few columns, of a part of a row where it has many.
  void overRows(const Position &p, const Inputs &inputs) {
    const int64_t most = tile.registers().sums[kVectors], columns = p.end - p.begin,
                  rows = std::max<int64_t>(1, most / columns);
    Value together = p.first;
    if (rows > 1) {
      Value all = f.maximum(f.sub(p.last, p.first), f.constant(0));
      Value whole = f.mul(arith::DivUIOp::create(f.b, f.at, all, f.constant(rows)), f.constant(rows));
      together = f.add(p.first, whole);
      f.loop(p.first, together, rows, [&](Value t) { addTile(p, inputs, t, f.constant(p.begin), rows, columns); });
    }
    f.loop(together, p.last, 1, [&](Value t) {
      const int64_t size = quotientUp(columns, quotientUp(columns, most)), whole = columns / size * size;
      f.loop(f.constant(p.begin), f.constant(p.begin + whole), size,
             [&](Value u) { addTile(p, inputs, t, u, 1, size); });
      if (columns > whole) addTile(p, inputs, t, f.constant(p.begin + whole), 1, columns - whole);
    });
  }

  /// Adds what some inputs give to `rows` by `columns` results from row t and column u of their phases on.
  void addTile(const Position &p, const Inputs &inputs, Value t, Value u, int64_t rows, int64_t columns) {
    auto placeOf = [&](const WindowPhase &phase, Value at) {
      return f.add(f.mul(at, f.constant(phase.period)), f.constant(phase.phase));
    };
    Value mine = tile.opaque(
        sumsAt({inputs.block, f.sub(inputs.picture, firstPicture), placeOf(p.row, t), placeOf(p.column, u)}));
    Value line =
        f.add(f.mul(inputs.picture, f.constant(p.row.extent)), f.add(f.mul(t, f.constant(p.row.advance)), p.element));
    Value element = f.add(f.mul(line, f.constant(p.column.extent)),
                          f.add(f.mul(u, f.constant(p.column.advance)), f.constant(p.column.element(p.tap))));
    Value elements = tile.at(x, f.add(f.mul(element, f.constant(g.channels)), inputs.first));
    llvm::SmallVector<Value> to;
    llvm::SmallVector<int64_t> from;
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < columns; ++c) {
        to.push_back(tile.at(mine, (r * p.row.period * g.axes[2].result + c * p.column.period) * width));
        from.push_back((r * p.row.advance * p.column.extent + c * p.column.advance) * g.channels);
      }
    // The first tile and those behind it have a half each of a block's lines to fetch.
    Value half = f.add(f.mul(inputs.block, f.constant(2)), f.minimum(f.sub(t, p.first), f.constant(1)));
    Value lines = f.mul(half, f.constant(kInputs));
    Values sums;
    for (Value address : to) llvm::append_range(sums, tile.load(address));
    sums = f.loop(f.constant(0), inputs.count, 1, sums, [&](Value i, mlir::ValueRange carried) {
      Values next = llvm::to_vector_of<Value>(carried);
      Values filter = tile.load(tile.at(copy, f.mul(i, f.constant(width))));
      fetch(inputs.next, f.add(lines, i));
      Value base = tile.opaque(tile.at(elements, i));
      for (auto [r, offset] : llvm::enumerate(from)) {
        Value element = tile.broadcast(tile.at(base, offset));
        for (int64_t v = 0; v < kVectors; ++v) {
          Value &sum = next[r * kVectors + v];
          sum = tile.multiplyAdd(element, filter[v], sum);
        }
      }
      return next;
    });
    for (auto [r, address] : llvm::enumerate(to))
      tile.store(address, mlir::ValueRange(sums).slice(r * kVectors, kVectors));
  }
};

}  // namespace

bool emitPositionConv(KernelFrame &f, const ConvGeometry &geometry) {
  if (!passes::hasFewResults(*f.body().getOps<ir::ConvolutionOp>().begin())) return false;
  PositionConv(f, geometry).emit();
  return true;
}

}  // namespace etch::codegen
