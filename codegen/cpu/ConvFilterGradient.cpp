// The derivative of a convolution by its filters, channels last.
//
// The result is [window..., channels, outputs]: a tile is a few of its rows, each times a block of outputs, and takes one
// multiplication a pixel of the cotangent. Rows are channels of one window position; where there are few channels,
// neighbouring positions of a window row, whose elements are neighbours, too. A task walks over all pixels a chunk of rows
// at a time and over its tiles inside a chunk, so that the chunk stays in the cache: sums are kept in the result between
// chunks. Each is the sum over images and pixels in order, so it depends on neither tiles nor threads.

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/ConvTile.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;
using Values = ConvTile::Values;

namespace {

/// Pixels of the cotangent in a chunk: a block of 32 outputs (25 KB) and what its tiles read of the operand stay in the
/// L1 cache over all window positions.
constexpr int64_t kChunkPixels = 200;
/// Channels below which the rows of a tile are window positions.
constexpr int64_t kFewChannels = 6;
/// Pixels at the ends of a row that are written out one by one, for tiles of several window positions.
constexpr int64_t kMostBorders = 12;
/// Tasks at most: each reads part of both operands, all of them the whole several times.
constexpr int64_t kMostTasks = 4;

class FilterGradient {
 public:
  FilterGradient(KernelFrame &f, const ConvGeometry &g)
      : f(f),
        g(g),
        column(g.axes[2]),
        tile(f, ir::toDType(llvm::cast<ir::ConvolutionOp>(f.body().front()).getType().getElementType())),
        blocks(g.outputs, tile.lanes()),
        channels(g.isDepthwise() ? 1 : g.channels) {
    auto op = llvm::cast<ir::ConvolutionOp>(&f.body().front());
    x = f.operands[llvm::cast<mlir::BlockArgument>(op.getLhs()).getArgNumber()];
    cotangent = f.operands[llvm::cast<mlir::BlockArgument>(op.getRhs()).getArgNumber()];
    images = f.extents.of(op.getLhs())[0];
    chooseRows();
  }

  static bool has(const ConvGeometry &g) {
    if (g.groups > 1 && !g.isDepthwise()) return false;
    for (const ConvAxis &axis : g.axes)
      if (axis.gap != 1) return false;
    return true;
  }

  void emit() {
    const int64_t perOutputs = rowBlocks * positions, numOutputs = blocks.whole + (blocks.rest > 0);
    const int64_t trips = numOutputs * perOutputs;
    int64_t work = blocks.vectors * tile.lanes() * rows * (constantOf(images).value_or(16));
    for (const ConvAxis &axis : g.axes) work *= axis.window;
    f.setTrips(f.constant(trips), work, (trips + kMostTasks - 1) / kMostTasks);
    auto overTiles = [&](llvm::function_ref<void(const Tile &)> body) {
      f.loop(f.begin, f.end, 1, [&](Value trip) {
        auto [block, rest] = split(trip, perOutputs);
        auto [rowBlock, position] = split(rest, positions);
        Value output = f.mul(block, f.constant(blocks.vectors * tile.lanes()));
        choose(blocks.whole, blocks.rest > 0, block, [&](bool whole) {
          if (whole)
            tile.begin(blocks.vectors, blocks.vectors * tile.lanes());
          else
            tile.begin((blocks.rest + tile.lanes() - 1) / tile.lanes(), blocks.rest);
          const int64_t last = channels - (rowBlocks - 1) * rows;
          if (taps > 1) return body(tileAt(output, f.constant(0), position, rows));
          choose(last == rows ? rowBlocks : rowBlocks - 1, last != rows, rowBlock, [&](bool full) {
            body(tileAt(output, f.mul(rowBlock, f.constant(rows)), position, full ? rows : last));
          });
        });
      });
    };
    overTiles([&](const Tile &t) { keep(t, tile.zeros(t.rows)); });
    overChunks([&](const Chunk &chunk) { overTiles([&](const Tile &t) { addChunk(t, chunk); }); });
  }

 private:
  KernelFrame &f;
  const ConvGeometry &g;
  const ConvAxis &column;  // gaps are 1: a cotangent has the forward direction's dilation as its stride
  ConvTile tile;
  OutputBlocks blocks;
  int64_t channels;  // of rows: 1 for depthwise filters, whose vectors run over channels
  Value x, cotangent, images;
  int64_t taps = 1, rows = 1, rowBlocks = 1, positions = 1;

  /// Rows of a tile, its window positions in a row, and how many tiles there are for each block of outputs. In the
  /// convolution that this is, the filters are its result: their extents are the results of the axes.
  void chooseRows() {
    const int64_t most = kConvSums[blocks.vectors];
    int64_t borders = 0;
    for (int64_t p = 0; p < column.window; ++p) borders += !insideFor(p, 0, column.result);
    if (channels < kFewChannels && column.result * channels <= most && column.stride == 1 && borders <= kMostBorders) {
      taps = column.result;
      rows = taps * channels;
      positions = g.axes[0].result * g.axes[1].result;
      return;
    }
    // The fewest tiles: each reads the cotangent's pixels once more.
    rowBlocks = (channels + most - 1) / most;
    rows = (channels + rowBlocks - 1) / rowBlocks;
    rowBlocks = (channels + rows - 1) / rows;
    positions = g.axes[0].result * g.axes[1].result * column.result;
  }

  /// Whether pixel p of a row meets elements for window positions [first, last).
  bool insideFor(int64_t p, int64_t first, int64_t last) const {
    auto meets = [&](int64_t k) {
      int64_t at = k * column.stride + p * column.windowDilation - column.low;
      return at >= 0 && at < column.extent;
    };
    return meets(first) && meets(last - 1);
  }

  std::pair<Value, Value> split(Value value, int64_t by) {
    if (by == 1) return {value, f.constant(0)};
    return {arith::DivSIOp::create(f.b, f.at, value, f.constant(by)),
            arith::RemSIOp::create(f.b, f.at, value, f.constant(by))};
  }

  /// Code for whole ones (those below `whole`) and for the last one, if there are both.
  void choose(int64_t whole, bool hasRest, Value which, llvm::function_ref<void(bool)> body) {
    if (whole == 0 || !hasRest) return body(whole > 0);
    auto branch = mlir::scf::IfOp::create(f.b, f.at, f.less(which, f.constant(whole)), /*withElseRegion=*/true);
    mlir::OpBuilder::InsertionGuard insertion(f.b);
    for (bool isWhole : {true, false}) {
      f.b.setInsertionPointToStart(isWhole ? branch.thenBlock() : branch.elseBlock());
      f.extents.forget();
      body(isWhole);
    }
    f.extents.forget();
  }

  struct Tile {
    Value output, channel, plane, row, column;  // window positions; `column` is 0 for tiles of a whole window row
    Value to;
    int64_t rows;
  };
  Tile tileAt(Value output, Value channel, Value position, int64_t rowsHere) {
    auto [line, k] = taps > 1 ? std::pair(position, f.constant(0)) : split(position, column.result);
    auto [plane, row] = split(line, g.axes[1].result);
    Value at = f.add(f.mul(line, f.constant(column.result)), k);
    Value element = f.add(f.mul(f.add(f.mul(at, f.constant(channels)), channel), f.constant(g.outputs)), output);
    return {output, channel, plane, row, k, tile.at(f.results[0], element), rowsHere};
  }

  void keep(const Tile &t, mlir::ValueRange sums) {
    for (int64_t r = 0; r < t.rows; ++r)
      tile.store(tile.at(t.to, r * g.outputs), sums.slice(r * tile.vectors(), tile.vectors()));
  }

  //===-- Pixels ---------------------------------------------------------------------------------------------===//

  struct Chunk {
    Value image, plane, first, last;  // rows of the cotangent
  };
  void overChunks(llvm::function_ref<void(const Chunk &)> body) {
    const ConvAxis &row = g.axes[1];
    const int64_t height = std::clamp<int64_t>(kChunkPixels / column.window, 1, row.window);
    f.loop(f.constant(0), images, 1, [&](Value image) {
      f.loop(f.constant(0), f.constant(g.axes[0].window), 1, [&](Value plane) {
        f.loop(f.constant(0), f.constant(row.window), height, [&](Value first) {
          Value end = f.add(first, f.constant(height));
          body({image, plane, first, row.window % height ? f.minimum(end, f.constant(row.window)) : end});
        });
      });
    });
  }

  /// The pixels p of [first, last) whose element k * stride + p * dilation - low is one.
  std::pair<Value, Value> met(const ConvAxis &axis, Value k, Value first, Value last) {
    const int64_t reach = (axis.result - 1) * axis.stride + (axis.window - 1) * axis.windowDilation - axis.low;
    if (axis.low <= 0 && reach < axis.extent) return {first, last};
    Value base = f.sub(f.constant(axis.low), f.mul(k, f.constant(axis.stride)));
    auto reaching = [&](int64_t limit) -> Value {
      Value missing = arith::MaxSIOp::create(f.b, f.at, f.add(base, f.constant(limit)), f.constant(0));
      if (axis.windowDilation == 1) return missing;
      Value up = f.add(missing, f.constant(axis.windowDilation - 1));
      return arith::DivSIOp::create(f.b, f.at, up, f.constant(axis.windowDilation));
    };
    return {arith::MaxSIOp::create(f.b, f.at, first, reaching(0)), f.minimum(last, reaching(axis.extent))};
  }

  Value elementOf(const ConvAxis &axis, Value k, Value p) {
    Value at = f.add(f.mul(k, f.constant(axis.stride)), f.mul(p, f.constant(axis.windowDilation)));
    return axis.low == 0 ? at : f.sub(at, f.constant(axis.low));
  }

  void addChunk(const Tile &t, const Chunk &chunk) {
    Values sums;
    for (int64_t r = 0; r < t.rows; ++r) llvm::append_range(sums, tile.load(tile.at(t.to, r * g.outputs)));
    // A plane of the cotangent that meets none of the operand has no rows.
    auto [planeBegin, planeEnd] = met(g.axes[0], t.plane, chunk.plane, f.add(chunk.plane, f.constant(1)));
    auto [first, last] = met(g.axes[1], t.row, chunk.first, chunk.last);
    Value d = elementOf(g.axes[0], t.plane, chunk.plane);
    sums = f.loop(planeBegin, planeEnd, 1, sums, [&](Value, mlir::ValueRange outer) {
      return f.loop(first, last, 1, outer, [&](Value p, mlir::ValueRange carried) {
        Value h = elementOf(g.axes[1], t.row, p);
        Value line = f.add(f.mul(f.add(f.mul(chunk.image, f.constant(g.axes[0].extent)), d), f.constant(g.axes[1].extent)), h);
        Value pixels = f.add(
            f.mul(f.add(f.mul(chunk.image, f.constant(g.axes[0].window)), chunk.plane), f.constant(g.axes[1].window)), p);
        Value from = f.mul(line, f.constant(column.extent * g.channels));
        Value feature = g.isDepthwise() ? t.output : t.channel;
        Value given = tile.at(cotangent, f.add(f.mul(pixels, f.constant(column.window * g.outputs)), t.output));
        return taps > 1 ? overWindowRow(tile.at(x, f.add(from, feature)), given, carried)
                        : overPixels(t, tile.at(x, f.add(from, feature)), given, carried);
      });
    });
    keep(t, sums);
  }

  /// One pixel for rows [first, last) of the tile, whose first element is at `from`.
  Values onePixel(Value from, Value given, int64_t first, int64_t last, mlir::ValueRange sums) {
    Values next = llvm::to_vector_of<Value>(sums), outputs = tile.load(given);
    const int64_t pitch = g.isDepthwise() ? g.channels : 1;
    for (int64_t r = first; r < last; ++r) {
      Value element = tile.at(from, r * pitch);
      Values elements = g.isDepthwise() ? tile.load(element) : Values(tile.vectors(), tile.broadcast(element));
      for (int64_t v = 0; v < tile.vectors(); ++v) {
        Value &sum = next[r * tile.vectors() + v];
        sum = tile.multiplyAdd(elements[v], outputs[v], sum);
      }
    }
    return next;
  }

  Values overPixels(const Tile &t, Value line, Value given, mlir::ValueRange sums) {
    auto [first, last] = met(column, t.column, f.constant(0), f.constant(column.window));
    return f.loop(first, last, 1, sums, [&](Value p, mlir::ValueRange carried) {
      Value element = elementOf(column, t.column, p);
      return onePixel(tile.at(line, f.mul(element, f.constant(g.channels))),
                      tile.at(given, f.mul(p, f.constant(g.outputs))), 0, t.rows, carried);
    });
  }

  /// Tiles of a whole window row: pixels at the ends of the row meet some of its positions only.
  Values overWindowRow(Value line, Value given, mlir::ValueRange sums) {
    Values next = llvm::to_vector_of<Value>(sums);
    const int64_t pitch = column.windowDilation * g.channels, start = -column.low * g.channels;
    auto border = [&](int64_t p) {
      int64_t firstTap = taps, lastTap = 0;
      for (int64_t k = 0; k < taps; ++k)
        if (insideFor(p, k, k + 1)) firstTap = std::min(firstTap, k), lastTap = k + 1;
      if (firstTap >= lastTap) return;
      next = onePixel(tile.at(line, p * pitch + start), tile.at(given, p * g.outputs), firstTap * channels,
                      lastTap * channels, next);
    };
    int64_t first = 0, last = column.window;
    while (first < last && !insideFor(first, 0, taps)) border(first++);
    while (last > first && !insideFor(last - 1, 0, taps)) --last;
    if (last > first)
      next = f.loop(f.constant(first), f.constant(last), 1, next, [&](Value p, mlir::ValueRange carried) {
        Value from = tile.at(line, f.add(f.mul(p, f.constant(pitch)), f.constant(start)));
        return onePixel(from, tile.at(given, f.mul(p, f.constant(g.outputs))), 0, rows, carried);
      });
    for (int64_t p = last; p < column.window; ++p) border(p);
    return next;
  }
};

}  // namespace

bool emitFilterGradient(KernelFrame &f, const ConvGeometry &geometry) {
  if (!FilterGradient::has(geometry)) return false;
  FilterGradient(f, geometry).emit();
  return true;
}

}  // namespace etch::codegen
