// The derivative of a convolution by its filters, channels last.
//
// The result is [window..., channels, outputs]: a tile is a few of its rows, each times a block of outputs, and takes
// one multiplication a pixel of the cotangent. Rows are channels of one window position; where there are few channels,
// neighbouring positions of a window row, whose elements are neighbours, too. A task walks over all pixels a chunk at a
// time (ConvChunks.h) and over its tiles inside a chunk, so that the chunk stays in the cache: sums are kept in the
// result between chunks. Each is the sum over images and pixels in order, so it depends on neither tiles nor threads.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/ConvChunks.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;
using Values = ConvTile::Values;

namespace {

/// Bytes of a copy of either operand, on the stack.
constexpr int64_t kMostPacked = 1 << 16;
/// Window positions from which a copy pays.
constexpr int64_t kPositionsToPack = 4;
/// Channels below which the rows of a tile are window positions.
constexpr int64_t kFewChannels = 6;
/// Pixels at the ends of a row that are written out one by one, for tiles of several window positions.
constexpr int64_t kMostBorders = 12;
constexpr int64_t kLineBytes = 64;

class FilterGradient {
 public:
  FilterGradient(KernelFrame &f, const ConvGeometry &g)
      : f(f),
        g(g),
        column(g.axes[2]),
        chunks(f, g),
        op(*f.body().getOps<ir::ConvolutionOp>().begin()),
        tile(f, ir::toDType(op.getType().getElementType())),
        groups(g.isDepthwise() ? 1 : g.groups),
        blocks(g.outputs / groups, tile.lanes()),
        channels(g.channels / g.groups),
        x(f.operands[llvm::cast<mlir::BlockArgument>(op.getLhs()).getArgNumber()]),
        cotangent(f.operands[llvm::cast<mlir::BlockArgument>(op.getRhs()).getArgNumber()]),
        nextChunk(f, g, chunks, tile.dtype(), x, cotangent) {
    images = f.extents.of(op.getLhs())[0];
    chooseRows();
  }

  static bool has(const ConvGeometry &g) {
    return llvm::all_of(g.axes, [](const WindowAxis &axis) { return axis.gap == 1; });
  }

  void emit() {
    numTrips = groups * blocksOfGroup() * rowBlocks * (byWindowRow ? positions : 1);
    int64_t work = blocks.vectors * tile.lanes() * kinds[0].rows * constantOf(images).value_or(16);
    if (!byWindowRow) work *= positions;
    for (const WindowAxis &axis : g.axes) work *= axis.window;
    f.splitInRanges();
    f.taskWork = kTaskMultiplications;
    f.setTrips(f.constant(numTrips), work);
    const int64_t tilesOfTrip = byWindowRow ? 1 : positions;
    nextChunk.shareAmong(numTrips * tilesOfTrip, f.mul(f.sub(f.end, f.begin), f.constant(tilesOfTrip)));
    overTrips([&](Trip &trip) { overPositions(trip, [&](const Tile &t) { keep(t, tile.zeros(trip.kind.rows)); }); });
    chunks.over(images, [&](const PixelChunk &chunk) {
      overTrips([&](Trip &trip) {
        copyGiven(trip, chunk);
        copyOperand(trip, chunk);
        overPositions(trip, [&](const Tile &t) { addChunk(trip, t, chunk); });
      });
    });
  }

 private:
  KernelFrame &f;
  const ConvGeometry &g;
  const WindowAxis &column;  // gaps are 1: a cotangent has the forward direction's dilation as its stride
  PixelChunks chunks;
  ir::ConvolutionOp op;
  ConvTile tile;
  int64_t groups;  // 1 for depthwise filters, whose vectors run over channels
  OutputBlocks blocks;
  int64_t channels;  // of a group
  Value x, cotangent, images;
  NextChunk nextChunk;
  Value operandCopy, givenCopy;  // made when first needed

  /// The rows of a tile: `rows` channels of one window position, or `taps` positions of a window row from `firstTap`
  /// on, with all their channels.
  struct Rows {
    int64_t rows, firstTap, taps;
  };
  bool byWindowRow = false;
  llvm::SmallVector<Rows> kinds;  // as many as differ
  int64_t rowBlocks = 1;          // tiles for each window position or window row
  int64_t positions = 1;          // window positions or window rows
  int64_t numTrips = 1;

  int64_t blocksOfGroup() const { return blocks.whole + (blocks.rest > 0); }

  void chooseRows() {
    const int64_t most = tile.registers().sums[blocks.vectors], window = column.result;
    positions = g.axes[0].result * g.axes[1].result;
    if (channels < kFewChannels && channels <= most && column.stride == 1) {
      rowBlocks = quotientUp(window * channels, most / channels * channels);
      const int64_t taps = quotientUp(window, rowBlocks);
      rowBlocks = quotientUp(window, taps);
      int64_t borders = 0;
      for (int64_t first = 0; first < window; first += taps) {
        const int64_t count = std::min(taps, window - first);
        kinds.push_back({count * channels, first, count});
        int64_t mine = 0;
        for (int64_t p = 0; p < column.window; ++p) mine += !isInside(kinds.back(), p);
        borders = std::max(borders, mine);
      }
      byWindowRow = window > 1 && borders <= kMostBorders && rowBlocks <= 3;
      if (byWindowRow) return;
      kinds.clear();
    }
    // The fewest tiles: each reads the cotangent's pixels once more.
    rowBlocks = quotientUp(channels, most);
    const int64_t rows = quotientUp(channels, rowBlocks);
    rowBlocks = quotientUp(channels, rows);
    kinds.push_back({rows, 0, 1});
    if (channels % rows != 0) kinds.push_back({channels % rows, 0, 1});
    positions *= window;
  }

  bool meets(int64_t tap, int64_t p) const {
    const int64_t at = tap * column.stride + p * column.dilation - column.low;
    return at >= 0 && at < column.extent;
  }
  /// Whether pixel p of a row meets elements for all of the tile's positions in a window row.
  bool isInside(const Rows &kind, int64_t p) const {
    return meets(kind.firstTap, p) && meets(kind.firstTap + kind.taps - 1, p);
  }

  Value equal(Value a, int64_t b) {
    return arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::eq, a, f.constant(b));
  }

  /// A block of outputs with a block of rows.
  struct Trip {
    Value number, output, position;  // `position`: the window row; null for every window position
    Value rowBlock, channel;         // `channel`: in its group
    Value feature;                   // of the operand
    Rows kind;
    /// Copies of a chunk: elements of the two are this far apart; null where they are read in place.
    Value operand, given;
    int64_t operandPitch, givenPitch;
  };

  void overTrips(llvm::function_ref<void(Trip &)> body) {
    f.loop(f.begin, f.end, 1, [&](Value number) {
      auto [outer, rowBlock] = f.split(number, rowBlocks);
      auto [outputs, position] = f.split(outer, byWindowRow ? positions : 1);
      auto [group, block] = f.split(outputs, blocksOfGroup());
      Value output =
          f.add(f.mul(group, f.constant(g.outputs / groups)), f.mul(block, f.constant(blocks.vectors * tile.lanes())));
      Value feature = g.isDepthwise() ? output : f.mul(group, f.constant(channels));
      Trip trip{
          number,     output,   byWindowRow ? position : Value(), rowBlock, f.constant(0), feature, kinds[0], {}, {},
          g.channels, g.outputs};
      auto ofBlock = [&](int64_t vectors, int64_t count) {
        tile.begin(vectors, count);
        overKinds(trip, 0, body);
      };
      auto whole = [&] { ofBlock(blocks.vectors, blocks.vectors * tile.lanes()); };
      auto rest = [&] { ofBlock(quotientUp(blocks.rest, tile.lanes()), blocks.rest); };
      if (blocks.rest == 0) return whole();
      if (blocks.whole == 0) return rest();
      f.branch(f.less(block, f.constant(blocks.whole)), whole, rest);
    });
  }

  /// Code for each kind of rows from number `i` on; the last one is that of the last block.
  void overKinds(const Trip &trip, size_t i, llvm::function_ref<void(Trip &)> body) {
    auto mine = [&] {
      Trip one = trip;
      one.kind = kinds[i];
      if (!byWindowRow) one.channel = f.mul(trip.rowBlock, f.constant(kinds[0].rows));
      if (!byWindowRow) one.feature = f.add(trip.feature, one.channel);
      body(one);
    };
    if (i + 1 == kinds.size()) return mine();
    Value holds = byWindowRow ? equal(trip.rowBlock, i) : f.less(trip.rowBlock, f.constant(rowBlocks - 1));
    f.branch(holds, mine, [&] { overKinds(trip, i + 1, body); });
  }

  struct Tile {
    Value number, plane, row, column;  // window position, the first one of a window row
    Value to;
  };
  void overPositions(const Trip &trip, llvm::function_ref<void(const Tile &)> body) {
    if (trip.position) return body(tileAt(trip, trip.position));
    f.loop(f.constant(0), f.constant(positions), 1, [&](Value position) { body(tileAt(trip, position)); });
  }
  Tile tileAt(const Trip &trip, Value position) {
    auto [line, k] =
        byWindowRow ? std::pair(position, f.constant(trip.kind.firstTap)) : f.split(position, column.result);
    auto [plane, row] = f.split(line, g.axes[1].result);
    Value at = f.add(f.mul(line, f.constant(column.result)), k);
    Value element =
        f.add(f.mul(f.add(f.mul(at, f.constant(channels)), trip.channel), f.constant(g.outputs)), trip.output);
    Value number = f.sub(trip.number, f.begin);
    if (!byWindowRow) number = f.add(f.mul(number, f.constant(positions)), position);
    return {number, plane, row, k, tile.at(f.results[0], element)};
  }

  void keep(const Tile &t, mlir::ValueRange sums) {
    for (int64_t r = 0; r < static_cast<int64_t>(sums.size()) / tile.vectors(); ++r)
      tile.store(tile.at(t.to, r * g.outputs), sums.slice(r * tile.vectors(), tile.vectors()));
  }

  //===-- Copies ---------------------------------------------------------------------------------------------===//

  Value stack() {
    const int64_t elements = kMostPacked / static_cast<int64_t>(size_of(tile.dtype()));
    Value count = f.constant(elements);
    mlir::OpBuilder::InsertionGuard insertion(f.b);
    f.b.setInsertionPointAfter(count.getDefiningOp());
    return LLVM::AllocaOp::create(f.b, f.at, LLVM::LLVMPointerType::get(f.b.getContext()), tile.elementType(), count,
                                  kLineBytes);
  }
  bool copyPays(int64_t elements) const {
    return !byWindowRow && !g.isDepthwise() && positions >= kPositionsToPack && g.axes[0].result == 1 &&
           g.axes[0].window == 1 && elements * static_cast<int64_t>(size_of(tile.dtype())) <= kMostPacked;
  }

  /// The block of outputs of all pixels, for all blocks of rows.
  void copyGiven(Trip &trip, const PixelChunk &chunk) {
    const int64_t width = tile.vectors() * tile.lanes();
    if (g.outputs <= width || !copyPays(chunks.height() * chunks.width() * width)) return;
    trip.given = givenCopy = givenCopy ? givenCopy : stack();
    trip.givenPitch = width;
    Value isFirst = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::eq, trip.number, f.begin);
    f.branch(arith::OrIOp::create(f.b, f.at, isFirst, equal(trip.rowBlock, 0)), [&] {
      f.loop(chunk.firstRow, chunk.lastRow, 1, [&](Value p) {
        f.loop(chunk.firstColumn, chunk.lastColumn, 1, [&](Value q) {
          Value from = f.mul(chunks.pixelNumber(chunk, p, q), f.constant(g.outputs));
          tile.store(givenAt(trip, chunk, p, q), tile.load(tile.at(cotangent, f.add(from, trip.output))));
        });
      });
    });
  }

  /// The block of channels of what the pixels meet.
  void copyOperand(Trip &trip, const PixelChunk &chunk) {
    // Whole vectors are stored: the last one ends behind its rows.
    const int64_t rows = trip.kind.rows, vectors = quotientUp(rows, tile.lanes());
    const int64_t count = chunks.operandHeight() * chunks.operandWidth() * rows + vectors * tile.lanes();
    if (g.channels <= rows || !copyPays(count)) return;
    trip.operand = operandCopy = operandCopy ? operandCopy : stack();
    trip.operandPitch = rows;
    auto within = [&](Value first, int64_t reach, int64_t extent) {
      return std::pair<Value, Value>(arith::MaxSIOp::create(f.b, f.at, first, f.constant(0)),
                                     f.minimum(f.add(first, f.constant(reach)), f.constant(extent)));
    };
    auto [firstRow, lastRow] = within(chunks.operandRow(chunk), chunks.operandHeight(), g.axes[1].extent);
    std::pair<Value, Value> columns{f.constant(0), f.constant(column.extent)};
    if (!chunks.haveWholeRows()) columns = within(chunks.operandColumn(chunk), chunks.operandWidth(), column.extent);
    ConvTile some(f, tile.dtype()), whole(f, tile.dtype());
    some.begin(vectors, rows), whole.begin(vectors, vectors * tile.lanes());
    f.loop(firstRow, lastRow, 1, [&](Value h) {
      f.loop(columns.first, columns.second, 1, [&](Value w) {
        Value from = f.mul(chunks.elementNumber(chunk, f.constant(0), h, w), f.constant(g.channels));
        whole.store(operandAt(trip, chunk, f.constant(0), h, w), some.load(some.at(x, f.add(from, trip.feature))));
      });
    });
  }

  /// Where a pixel of the cotangent and an element of the operand lie, copied or in place.
  Value givenAt(const Trip &trip, const PixelChunk &chunk, Value p, Value q) {
    if (!trip.given) {
      Value number = f.mul(chunks.pixelNumber(chunk, p, q), f.constant(g.outputs));
      return tile.at(cotangent, f.add(number, trip.output));
    }
    Value line = f.mul(f.sub(p, chunk.firstRow), f.constant(chunks.width()));
    return tile.at(trip.given, f.mul(f.add(line, f.sub(q, chunk.firstColumn)), f.constant(trip.givenPitch)));
  }
  Value operandAt(const Trip &trip, const PixelChunk &chunk, Value d, Value h, Value w) {
    if (!trip.operand) {
      Value number = f.mul(chunks.elementNumber(chunk, d, h, w), f.constant(g.channels));
      return tile.at(x, f.add(number, trip.feature));
    }
    Value line = f.mul(f.sub(h, chunks.operandRow(chunk)), f.constant(chunks.operandWidth()));
    if (!chunks.haveWholeRows()) w = f.sub(w, chunks.operandColumn(chunk));
    return tile.at(trip.operand, f.mul(f.add(line, w), f.constant(trip.operandPitch)));
  }

  //===-- Sums -----------------------------------------------------------------------------------------------===//

  void addChunk(const Trip &trip, const Tile &t, const PixelChunk &chunk) {
    Values sums;
    for (int64_t r = 0; r < trip.kind.rows; ++r) llvm::append_range(sums, tile.load(tile.at(t.to, r * g.outputs)));
    // A plane of the cotangent that meets none of the operand has no rows.
    auto [planeBegin, planeEnd] = chunks.met(g.axes[0], t.plane, chunk.plane, f.add(chunk.plane, f.constant(1)));
    auto [first, last] = chunks.met(g.axes[1], t.row, chunk.firstRow, chunk.lastRow);
    Value d = chunks.elementOf(g.axes[0], t.plane, chunk.plane);
    const NextChunk::Share ahead = nextChunk.shareOf(t.number, chunk, d, t.to);
    sums = f.loop(planeBegin, planeEnd, 1, sums, [&](Value, mlir::ValueRange outer) {
      return f.loop(first, last, 1, outer, [&](Value p, mlir::ValueRange carried) {
        const Line line{d, p, chunks.elementOf(g.axes[1], t.row, p)};
        return byWindowRow ? overWindowRow(trip, chunk, line, ahead, carried)
                           : overPixels(trip, t, chunk, line, ahead, carried);
      });
    });
    keep(t, sums);
  }

  /// Row p of the cotangent, and the row of the operand that it meets.
  struct Line {
    Value d, p, h;
  };

  /// One pixel for rows [first, last) of the tile, whose first element is at `from`.
  Values onePixel(Value from, Value given, int64_t first, int64_t last, mlir::ValueRange sums) {
    Values next = llvm::to_vector_of<Value>(sums), outputs = tile.load(given);
    const int64_t pitch = g.isDepthwise() ? g.channels : 1;
    for (int64_t r = first; r < last; ++r) {
      Value element = byWindowRow ? tile.at(from, r / channels * g.channels + r % channels) : tile.at(from, r * pitch);
      Values elements = g.isDepthwise() ? tile.load(element) : Values(tile.vectors(), tile.broadcast(element));
      for (int64_t v = 0; v < tile.vectors(); ++v) {
        Value &sum = next[r * tile.vectors() + v];
        sum = tile.multiplyAdd(elements[v], outputs[v], sum);
      }
    }
    return next;
  }

  Values overPixels(const Trip &trip, const Tile &t, const PixelChunk &chunk, const Line &line,
                    const NextChunk::Share &ahead, mlir::ValueRange sums) {
    auto [first, last] = chunks.met(column, t.column, chunk.firstColumn, chunk.lastColumn);
    return f.loop(first, last, 1, sums, [&](Value q, mlir::ValueRange carried) {
      nextChunk.fetch(ahead, chunk, line.p, q);
      Value from = operandAt(trip, chunk, line.d, line.h, chunks.elementOf(column, t.column, q));
      return onePixel(from, givenAt(trip, chunk, line.p, q), 0, trip.kind.rows, carried);
    });
  }

  /// Tiles of a window row: pixels at the ends of the row meet some of its positions only.
  Values overWindowRow(const Trip &trip, const PixelChunk &chunk, const Line &line, const NextChunk::Share &ahead,
                       mlir::ValueRange sums) {
    const Rows &kind = trip.kind;
    auto pixel = [&](Value q, int64_t firstTap, int64_t lastTap, mlir::ValueRange carried) {
      Value from = operandAt(trip, chunk, line.d, line.h, chunks.elementOf(column, f.constant(kind.firstTap), q));
      return onePixel(from, givenAt(trip, chunk, line.p, q), firstTap * channels, lastTap * channels, carried);
    };
    auto borders = [&](int64_t first, int64_t last, Values carried) {
      for (int64_t q = first; q < last; ++q) {
        int64_t firstTap = kind.taps, lastTap = 0;
        for (int64_t k = 0; k < kind.taps; ++k)
          if (meets(kind.firstTap + k, q)) firstTap = std::min(firstTap, k), lastTap = k + 1;
        if (firstTap < lastTap) carried = pixel(f.constant(q), firstTap, lastTap, carried);
      }
      return carried;
    };
    int64_t first = 0, last = column.window;
    while (first < last && !isInside(kind, first)) ++first;
    while (last > first && !isInside(kind, last - 1)) --last;
    auto inside = [&](Value begin, Value end, const Values &carried) {
      return f.loop(begin, end, 1, carried, [&](Value q, mlir::ValueRange inner) {
        nextChunk.fetch(ahead, chunk, line.p, q);
        return pixel(q, 0, kind.taps, inner);
      });
    };
    Values next = llvm::to_vector_of<Value>(sums);
    if (chunks.haveWholeRows()) {
      next = borders(0, first, next);
      if (last > first) next = inside(f.constant(first), f.constant(last), next);
      return borders(last, column.window, next);
    }
    // The first chunk of a row has its first pixels, the last one its last.
    next = f.where(equal(chunk.firstColumn, 0), next, [&] { return borders(0, first, next); });
    Value begin = arith::MaxSIOp::create(f.b, f.at, chunk.firstColumn, f.constant(first));
    next = inside(begin, f.minimum(chunk.lastColumn, f.constant(last)), next);
    return f.where(equal(chunk.lastColumn, column.window), next, [&] { return borders(last, column.window, next); });
  }
};

}  // namespace

bool emitFilterGradient(KernelFrame &f, const ConvGeometry &geometry) {
  if (!FilterGradient::has(geometry)) return false;
  FilterGradient(f, geometry).emit();
  return true;
}

}  // namespace etch::codegen
