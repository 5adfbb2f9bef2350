// Direct convolution to few outputs, channels last: vectors run over neighbouring results of a row.
//
// Where ConvDirect.cpp gives each result the lanes of a vector of outputs, one output would leave all lanes but one
// empty. Here each row of the operand is copied once with neighbouring pixels side by side, a plane for each channel:
// sixteen pixels by sixteen channels are transposed in registers. The rows of the window that it is multiplied by
// belong to as many rows of results, whose sums are in registers together and move on by one with each row: a vector
// of pixels is loaded once for all of them. Each sum still takes window positions and inputs in the order of
// ConvDirect.cpp and ConvKernel.cpp, so the bits are the same. Lanes that a window position does not meet forget what
// it gave them: the zeros of a border are not multiplied. Phases of strides and gaps in a row have planes of their own.

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/window/ConvPixelRow.h"
#include "codegen/cpu/window/ConvTileSums.h"
#include "codegen/cpu/window/FetchAhead.h"
#include "codegen/cpu/window/PixelStores.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;
using Values = ConvTile::Values;

namespace {

/// Vectors of a row: outputs times rows of the window times these are the sums in registers (docs/decisions/0044).
/// Half: 1.04.
constexpr int64_t kMostVectors = 8;
/// Result rows of a task; it begins with as many rows of the operand as the window has, less one (docs/decisions/0044).
/// Half, twice: .93, 1.07.
constexpr int64_t kTaskRows = 64;
/// Bytes of the copy of a row (docs/decisions/0044). Half, twice: none of the measured kernels changes.
constexpr int64_t kMostCopied = 128 << 10;
/// Inputs up to which they are written out one by one (docs/decisions/0107). Half, twice: 1.04, .91.
constexpr int64_t kUnrolledInputs = 4;
/// Rows that are fetched ahead where each lies in pages of its own, which no processor fetches by itself
/// (docs/decisions/0125).
constexpr int64_t kRowsAhead = 4, kPage = 4096;
/// Multiplications in the code of one kernel (docs/decisions/0128). Half, twice: .64, no kernel changes.
constexpr int64_t kMostCode = 4000;
/// Multiplications that take as long as it does to store one output of the pixels of a vector, which are apart
/// (docs/decisions/0098). Half, twice: .69, 1.11.
constexpr double kStore = 16;

class PixelConv {
 public:
  PixelConv(KernelFrame &f, const ConvGeometry &g)
      : f(f),
        g(g),
        op(*f.body().getOps<ir::ConvolutionOp>().begin()),
        tile(f, ir::toDType(op.getType().getElementType())),
        lanes(tile.lanes()),
        outputs(g.outputs / g.groups),
        rowPhases(phasesOf(g.axes[1])),
        columnPhases(phasesOf(g.axes[2])),
        vectors(vectorsOfBlock()),
        pixels(f, g, tile, columnPhases, vectors),
        stores(f, op.getResult(), lanes) {
    filters = f.pointerOf(op.getRhs());
    batch = f.extents.of(op.getLhs())[0];
  }

  bool isWorthwhile() const {
    const WindowAxis &plane = g.axes[0];
    const int64_t size = static_cast<int64_t>(size_of(tile.dtype()));
    if (plane.extent != 1 || plane.window != 1 || plane.result != 1 || plane.low != 0) return false;
    if (TileSums::spansGroups(g, lanes) || vectors == 0 || (size != 4 && size != 8)) return false;
    // Filled lanes against the outputs that would be in the lanes of ConvDirect.cpp.
    const double results = static_cast<double>(columnPhases[0].count),
                 filled = results / static_cast<double>(quotientUp(columnPhases[0].count, lanes));
    const auto terms = static_cast<double>(g.axes[1].window * g.axes[2].window * g.inputs);
    if (filled * (terms + 1) < static_cast<double>(std::max<int64_t>(outputs, 2)) * (1.5 * terms + kStore))
      return false;
    if (pixels.bytes() > kMostCopied) return false;
    int64_t code = 0;
    for (const WindowPhase &row : rowPhases) {
      if (row.advance != 1) return false;
      for (const WindowPhase &column : columnPhases)
        code += 3 * row.taps * column.taps * std::min(g.inputs, kUnrolledInputs) * vectors * outputs;
    }
    return code <= kMostCode;
  }

  void emit() {
    const int64_t blocks = quotientUp(rowPhases[0].count, kTaskRows),
                  blockRows = quotientUp(rowPhases[0].count, blocks);
    int64_t work = blockRows * columnPhases[0].count * g.outputs * g.inputs;
    work *= std::max<int64_t>(1, rowPhases[0].taps) * std::max<int64_t>(1, columnPhases[0].taps);
    f.taskWork = kTaskMultiplications;
    f.setTrips(f.extents.product({batch, f.constant(blocks)}), work);
    pixels.allocate();
    f.loop(f.begin, f.end, 1, [&](Value trip) {
      image = trip;
      Value first = f.constant(0);
      if (blocks > 1) {
        auto [number, block] = f.split(trip, blocks);
        image = number, first = f.mul(block, f.constant(blockRows));
      }
      f.loop(f.constant(0), f.constant(g.groups), 1, [&](Value number) {
        group = number;
        for (const WindowPhase &row : rowPhases) {
          Value last = f.constant(row.count);
          if (blocks > 1) last = f.minimum(f.add(first, f.constant(blockRows)), last);
          for (const WindowPhase &column : columnPhases)
            overBlocks(column, [&](const Block &block) { overRows(row, column, block, first, last); });
        }
      });
    });
  }

 private:
  KernelFrame &f;
  const ConvGeometry &g;
  ir::ConvolutionOp op;
  ConvTile tile;
  int64_t lanes, outputs;  // outputs of a group
  llvm::SmallVector<WindowPhase> rowPhases, columnPhases;
  int64_t vectors;  // of a whole block
  PixelRow pixels;
  PixelStores stores;
  Value filters, batch, image, group;

  /// Blocks of about equal size.
  int64_t vectorsOfBlock() const {
    int64_t windowRows = 1;
    for (const WindowPhase &phase : rowPhases) windowRows = std::max(windowRows, phase.taps);
    const int64_t needed = quotientUp(columnPhases[0].count, lanes),
                  most = std::min(kMostVectors, tile.registers().pixelSums / (outputs * windowRows));
    return most > 0 ? quotientUp(needed, quotientUp(needed, most)) : 0;
  }

  //===-- Blocks of a row ------------------------------------------------------------------------------------===//

  using Block = PixelBlock;

  void overBlocks(const WindowPhase &column, llvm::function_ref<void(const Block &)> body) {
    const int64_t all = quotientUp(column.count, lanes), step = vectors * lanes;
    auto isPlain = [&](int64_t start) { return start + step <= column.count && pixels.isInside(column, start); };
    for (int64_t start = 0; start < all * lanes;) {
      int64_t end = start + step;
      const bool plain = isPlain(start);
      while (plain && isPlain(end)) end += step;
      const int64_t mine = std::min(vectors, all - start / lanes);
      f.loop(f.constant(start), f.constant(end), step, [&](Value first) { body({first, start, mine, plain}); });
      start = end;
    }
  }

  /// Results of vector `v` that there are.
  Lanes resultsIn(const WindowPhase &column, const Block &block, int64_t v) const {
    return {0, block.isPlain ? lanes : std::min(lanes, column.count - block.at - v * lanes)};
  }
  /// Those of them that window position `tap` meets.
  Lanes met(const WindowPhase &column, const Block &block, int64_t v, int64_t tap) const {
    const Lanes results = resultsIn(column, block, v);
    if (block.isPlain) return results;
    const int64_t at = (block.at + v * lanes) * column.advance + column.element(tap);
    const int64_t begin = std::clamp<int64_t>(quotientUp(-at, column.advance), 0, results.end);
    return {begin, std::clamp(quotientUp(g.axes[2].extent - at, column.advance), begin, results.end)};
  }

  //===-- Sums -----------------------------------------------------------------------------------------------===//

  /// Result rows [first, last) of a phase. Those whose windows share rows of the operand, which are all unless the
  /// window is dilated, follow each other.
  void overRows(const WindowPhase &row, const WindowPhase &column, const Block &block, Value first, Value last) {
    tile.begin(1, lanes);
    const int64_t distance = row.taps > 1 ? row.offsetStep : 1;
    f.loop(f.constant(0), f.constant(distance), 1, [&](Value before) {
      Value begin = f.add(f.add(first, f.constant(row.offset)), before);
      overRows(row, column, block, {first, begin, last, distance});
    });
  }

  /// At row e of the operand, sums [j] belong to row t = e - element(j), whose window row j meets e; the last of them
  /// are complete then.
  struct Rows {
    Value first;  // result
    Value begin;  // row of the operand
    Value last;
    int64_t distance;
  };
  void overRows(const WindowPhase &row, const WindowPhase &column, const Block &block, const Rows &rows) {
    const int64_t taps = std::max<int64_t>(1, row.taps), each = block.vectors * outputs,
                  reach = row.offset + (taps - 1) * rows.distance;
    Value end = f.add(rows.last, f.constant(reach));
    f.loop(rows.begin, end, rows.distance, tile.zeros(taps * each), [&](Value e, mlir::ValueRange carried) {
      Values sums = llvm::to_vector_of<Value>(carried);
      if (row.taps > 0 && column.taps > 0)
        sums = ifElement(e, sums, [&] {
          Value line = f.add(f.mul(image, f.constant(g.axes[1].extent)), e);
          pixels.fill(column, block, line, f.mul(group, f.constant(g.inputs)));
          fetchAhead(row, column, block, e, f.sub(e, f.constant(reach)));
          return overPositions(row, column, block, sums);
        });
      Value t = f.sub(e, f.constant(reach));
      auto keepRow = [&] {
        for (int64_t v = 0; v < block.vectors; ++v)
          keep(row, column, t, block, v, mlir::ValueRange(sums).slice((taps - 1) * each + v * outputs, outputs));
      };
      if (taps == 1)
        keepRow();
      else
        f.branch(arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::sge, t, rows.first), keepRow);
      Values next = tile.zeros(each);
      next.append(sums.begin(), sums.begin() + (taps - 1) * each);
      return next;
    });
  }

  /// Fetches what the block meets some rows behind row e of the operand, and stores behind row t of the phase's
  /// results.
  void fetchAhead(const WindowPhase &row, const WindowPhase &column, const Block &block, Value e, Value t) {
    FetchAhead ahead(f);
    auto add = [&](Value tensor, DType dtype, Value line, int64_t extent, int64_t elements, int64_t period,
                   bool willBeWritten) {
      const int64_t size = static_cast<int64_t>(size_of(dtype)), columns = block.vectors * lanes * period;
      if (extent * elements * size < kPage) return;
      Value pixel = f.add(f.mul(line, f.constant(extent)), f.mul(block.start, f.constant(period)));
      ahead.add(elementPointer(f.b, f.at, dtype, tensor, f.mul(pixel, f.constant(elements))), columns * elements * size,
                willBeWritten);
    };
    auto lineOf = [&](int64_t extent, Value at) {
      return f.add(f.mul(image, f.constant(extent)), f.minimum(at, f.constant(extent - 1)));
    };
    add(f.pointerOf(op.getLhs()), tile.dtype(),
        lineOf(g.axes[1].extent, f.add(e, f.constant(kRowsAhead * row.offsetStep))), g.axes[2].extent, g.channels,
        column.advance, /*willBeWritten=*/false);
    Value result = f.mul(f.add(t, f.constant(kRowsAhead)), f.constant(row.period));
    for (auto [output, pointer] : llvm::zip(f.outputs(), f.results))
      add(pointer, dtypeOf(output), lineOf(g.axes[1].result, result), g.axes[2].result, g.outputs, column.period,
          /*willBeWritten=*/true);
    ahead.fetch(f.constant(0));
  }

  /// body() where the operand has row e.
  Values ifElement(Value e, const Values &sums, llvm::function_ref<Values()> body) {
    Value behind = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::sge, e, f.constant(0));
    Value is = arith::AndIOp::create(f.b, f.at, behind, f.less(e, f.constant(g.axes[1].extent)));
    return f.where(is, sums, body);
  }

  /// The positions of all window rows in the copied row, and their inputs.
  Values overPositions(const WindowPhase &row, const WindowPhase &column, const Block &block, Values sums) {
    const int64_t each = block.vectors * outputs;
    for (int64_t j = 0; j < column.taps; ++j) {
      const int64_t kw = column.first + j * column.step;
      llvm::SmallVector<Lanes> meets;
      for (int64_t v = 0; v < block.vectors; ++v) meets.push_back(met(column, block, v, j));
      auto term = [&](Value input, mlir::ValueRange carried) {
        Values next = llvm::to_vector_of<Value>(carried);
        Value from = pixels.at(column, j, input);
        Values loaded(block.vectors);
        for (int64_t v = 0; v < block.vectors; ++v)
          if (meets[v].count()) loaded[v] = tile.load(tile.at(from, v * lanes))[0];
        Value weights = f.add(f.mul(input, f.constant(g.outputs)), f.mul(group, f.constant(outputs)));
        weights = tile.opaque(tile.at(filters, weights));
        for (int64_t i = 0; i < row.taps; ++i) {
          const int64_t kh = row.first + i * row.step, position = (kh * g.axes[2].window + kw) * g.inputs * g.outputs;
          for (int64_t k = 0; k < outputs; ++k) {
            Value weight = tile.broadcast(tile.at(weights, position + k));
            for (int64_t v = 0; v < block.vectors; ++v) {
              if (!loaded[v]) continue;
              Value &sum = next[i * each + v * outputs + k];
              sum = tile.multiplyAdd(loaded[v], weight, sum);
            }
          }
        }
        return next;
      };
      Values next = sums;
      if (g.inputs <= kUnrolledInputs)
        for (int64_t c = 0; c < g.inputs; ++c) next = term(f.constant(c), next);
      else
        next = f.loop(f.constant(0), f.constant(g.inputs), 1, next, term);
      for (auto [i, sum] : llvm::enumerate(next)) {
        const int64_t v = static_cast<int64_t>(i) % each / outputs;
        if (meets[v].count() < resultsIn(column, block, v).count())
          sum = arith::SelectOp::create(f.b, f.at, meets[v].mask(f, lanes), sum, sums[i]);
      }
      sums = std::move(next);
    }
    return sums;
  }

  /// Stores the sums of a vector of pixels, one for each output.
  void keep(const WindowPhase &row, const WindowPhase &column, Value t, const Block &block, int64_t v,
            mlir::ValueRange sums) {
    auto place = [&](Value at, const WindowPhase &phase) {
      return f.add(f.mul(at, f.constant(phase.period)), f.constant(phase.phase));
    };
    Index index{{image, 0, {}}};
    // Tensors of three spatial axes have one plane, those of one have no rows.
    if (op.getType().getRank() > 4) index.push_back({f.constant(0), 0, {}});
    if (op.getType().getRank() > 3) index.push_back({place(t, row), 0, {}});
    index.push_back({place(f.add(block.start, f.constant(v * lanes)), column), column.period, {}});
    index.push_back({f.mul(group, f.constant(outputs)), 0, {}});
    stores.store(index, sums, f.constant(resultsIn(column, block, v).count()));
  }
};

}  // namespace

bool emitPixelConv(KernelFrame &f, const ConvGeometry &geometry) {
  PixelConv conv(f, geometry);
  if (!conv.isWorthwhile()) return false;
  conv.emit();
  return true;
}

}  // namespace etch::codegen
