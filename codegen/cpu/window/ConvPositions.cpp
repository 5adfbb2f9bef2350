// Direct convolution of few results with many filters: window position by window position.
//
// One picture of a late layer (7^2 x 512 -> 512) has 49 results and 9 MB of filters, which are read from the L3 cache
// or from memory once: how they are read is what takes the time. A trip has all results of a block of outputs for some
// pictures, whose sums are in memory at hand. It takes the filters of a window position and of some inputs, which it
// copies together, for all results that meet them, and fetches the next ones while it computes. Each sum still takes
// window positions and inputs in the order of ConvDirect.cpp. Filters that the derivative by the operand turned around
// are turned while they are copied, and may be of any number of channels (docs/decisions/0118).

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/gemm/GemmEmitter.h"
#include "codegen/cpu/window/ConvPositionTiles.h"
#include "passes/fusion/FewResults.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {

/// Results of a trip: with fewer in a picture, it has several pictures (docs/decisions/0079). Half, twice: 1.00, .99.
constexpr int64_t kTripResults = 256;
/// Blocks of a trip: rows of their filters are half a KiB, which the processor fetches by itself when it sees the first
/// lines of it. Of one block (128 bytes, 2 KiB apart) 10 GB/s came (docs/decisions/0079). Half, twice: 1.00, 1.01.
constexpr int64_t kBlocks = 4;

class PositionConv {
 public:
  PositionConv(KernelFrame &f, const ConvGeometry &g)
      : f(f),
        g(g),
        op(*f.body().getOps<ir::ConvolutionOp>().begin()),
        tile(f, ir::toDType(op.getType().getElementType())),
        width(kPositionVectors * tile.lanes()),
        blocks(quotientUp(g.outputs, width) % kBlocks == 0 ? kBlocks : 1),
        results(g.axes[1].result * g.axes[2].result),
        filters(f, g, tile, blocks, passes::turnedFilters(op) != nullptr),
        tiles(f, filters, tile.dtype()) {
    x = f.pointerOf(op.getLhs()), given = f.pointerOf(filters.areTurned() ? passes::turnedFilters(op) : op.getRhs());
    batch = f.extents.of(op.getLhs())[0];
    for (Value output : f.outputs()) f.extents.of(output);
  }

  void emit() {
    pictures = std::max<int64_t>(1, kTripResults / results);
    auto known = constantOf(batch);
    if (known) pictures = std::clamp<int64_t>(*known, 1, pictures);
    const int64_t parts = quotientUp(g.outputs, blocks * width);
    int64_t work = pictures * results * blocks * width * g.inputs;
    for (const WindowAxis &axis : g.axes) work *= std::max<int64_t>(1, axis.window / axis.period());
    Value groups = f.quotientUp(batch, f.constant(pictures));
    f.taskWork = kTaskMultiplications;
    f.setTrips(f.mul(groups, f.constant(parts)), work);
    const auto size = static_cast<int64_t>(size_of(tile.dtype()));
    auto scratch = declareScratch(f.target->getParentOfType<mlir::ModuleOp>());
    Value bytes = f.constant((kPositionInputs + blocks * pictures * results) * width * size);
    copy = mlir::func::CallOp::create(f.b, f.at, scratch, mlir::ValueRange{bytes}).getResult(0);
    sums = tile.at(copy, kPositionInputs * width);
    tile.begin(kPositionVectors, width);
    f.loop(f.begin, f.end, 1, [&](Value trip) {
      auto [group, part] = f.split(trip, parts);
      firstPicture = f.mul(group, f.constant(pictures));
      lastPicture = f.minimum(f.add(firstPicture, f.constant(pictures)), batch);
      output = f.mul(part, f.constant(blocks * width));
      Value zero = arith::ConstantOp::create(f.b, f.at, f.b.getI8IntegerAttr(0));
      LLVM::MemsetOp::create(f.b, f.at, sums, zero, f.constant(blocks * pictures * results * width * size),
                             /*isVolatile=*/false);
      for (const WindowPhase &row : phasesOf(g.axes[1])) overWindowRows(row);
      overResults([&](Value picture, const Result &r) {
        Value first = f.add(output, f.mul(r.block, f.constant(width)));
        for (auto [v, value] : llvm::enumerate(tile.load(sumsAt(r)))) {
          Value at = f.add(first, f.constant(static_cast<int64_t>(v) * tile.lanes()));
          const Index index{{picture, 0, {}}, {r.h, 0, {}}, {r.w, 0, {}}, {at, 1, {}}};
          f.storeResults(op.getResult(), value, index, tile.lanes(), filters.mask(at));
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
  PositionFilters filters;
  PositionTiles tiles;
  Value x, given, batch;
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
        return f.quotientUp(missing, f.constant(row.advance));
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
    f.loop(f.constant(0), f.constant(g.inputs), kPositionInputs, [&](Value first) {
      Value count = g.inputs % kPositionInputs
                        ? f.minimum(f.sub(f.constant(g.inputs), first), f.constant(kPositionInputs))
                        : f.constant(kPositionInputs);
      const Value next = nextFilters(p, first);
      f.loop(f.constant(0), f.constant(blocks), 1, [&](Value block) {
        Value firstOutput = f.add(output, f.mul(block, f.constant(width)));
        filters.copy(filtersAt(p.number, first, firstOutput), copy, count, firstOutput);
        auto overPictures = [&](int64_t vectors) {
          f.loop(firstPicture, lastPicture, 1,
                 [&](Value picture) { overRows(p, {picture, block, first, count, next, vectors}); });
        };
        auto whole = [&] { overPictures(kPositionVectors); };
        // What is left over may fill one vector at most.
        const int64_t rest = g.outputs % width;
        if (rest == 0 || rest > tile.lanes()) return whole();
        Value isRest = f.less(f.constant(g.outputs - width), firstOutput);
        f.branch(isRest, [&] { overPictures(1); }, whole);
      });
    });
  }

  Value filtersAt(Value number, Value input, Value firstOutput) {
    return tile.at(given, filters.at(number, input, firstOutput));
  }
  /// Those that are copied next: behind the last input those of the next window position.
  Value nextFilters(const Position &p, Value first) {
    Value next = f.add(first, f.constant(kPositionInputs));
    Value isLast = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::sge, next, f.constant(g.inputs));
    auto select = [&](Value then, Value otherwise) -> Value {
      return arith::SelectOp::create(f.b, f.at, isLast, then, otherwise);
    };
    return filtersAt(select(f.add(p.number, f.constant(1)), p.number), select(f.constant(0), next), output);
  }

  //===-- Tiles ------------------------------------------------------------------------------------------------===//

  struct Inputs {
    Value picture, block, first, count, next;
    int64_t vectors;  // of outputs
  };

  /// Tiles of several rows where one has few columns, of a part of a row where it has many.
  void overRows(const Position &p, const Inputs &inputs) {
    const int64_t most = tile.registers().sums[kPositionVectors], columns = p.end - p.begin,
                  rows = std::max<int64_t>(1, most / columns);
    Value together = p.first;
    if (rows > 1) {
      Value all = f.maximum(f.sub(p.last, p.first), f.constant(0));
      Value whole = f.mul(f.quotient(all, f.constant(rows)), f.constant(rows));
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
    Value line =
        f.add(f.mul(inputs.picture, f.constant(p.row.extent)), f.add(f.mul(t, f.constant(p.row.advance)), p.element));
    Value element = f.add(f.mul(line, f.constant(p.column.extent)),
                          f.add(f.mul(u, f.constant(p.column.advance)), f.constant(p.column.element(p.tap))));
    // The first tile and those behind it have a half each of a block's lines to fetch, a tile that is alone both.
    auto half = [&](Value number) {
      return f.mul(f.add(f.mul(inputs.block, f.constant(2)), number), f.constant(kPositionInputs));
    };
    Value number = f.minimum(f.sub(t, p.first), f.constant(1));
    Value isLast = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::sge, f.add(t, f.constant(rows)), p.last);
    Value last = arith::SelectOp::create(f.b, f.at, isLast, f.constant(1), number);
    tiles.add({inputs.vectors, rows, columns, p.row.advance * p.column.extent * g.channels,
               p.column.advance * g.channels, p.row.period * g.axes[2].result * width, p.column.period * width},
              {sumsAt({inputs.block, f.sub(inputs.picture, firstPicture), placeOf(p.row, t), placeOf(p.column, u)}),
               tile.at(x, f.add(f.mul(element, f.constant(g.channels)), inputs.first)), copy, inputs.count, inputs.next,
               half(number), half(last)});
  }
};

}  // namespace

bool emitPositionConv(KernelFrame &f, const ConvGeometry &geometry) {
  if (!passes::hasFewResults(*f.body().getOps<ir::ConvolutionOp>().begin())) return false;
  PositionConv(f, geometry).emit();
  return true;
}

}  // namespace etch::codegen
