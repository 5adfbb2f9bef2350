// The derivative of a convolution by its filters, channels last.
//
// The result is [window..., channels, outputs]: a tile is a few of its rows, each times a block of outputs, and takes
// one multiplication a pixel of the cotangent. Rows are channels of one window position; where there are few channels,
// neighbouring positions of a window row, whose elements are neighbours, too. A task walks over all pixels a chunk of
// rows at a time and over its tiles inside a chunk, so that the chunk stays in the cache: sums are kept in the result
// between chunks. Each is the sum over images and pixels in order, so it depends on neither tiles nor threads.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/ConvTile.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;
using Values = ConvTile::Values;

namespace {

/// Pixels of the cotangent in a chunk: a block of 32 outputs (25 KB) and what its tiles read of the operand stay in the
/// L1 cache over all window positions, if they are copied together: lines 256 bytes apart share a quarter of the sets.
constexpr int64_t kChunkPixels = 200;
/// Bytes of either copy, on the stack.
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
        tile(f, ir::toDType((*f.body().getOps<ir::ConvolutionOp>().begin()).getType().getElementType())),
        blocks(g.outputs, tile.lanes()),
        channels(g.isDepthwise() ? 1 : g.channels) {
    ir::ConvolutionOp op = *f.body().getOps<ir::ConvolutionOp>().begin();
    x = f.operands[llvm::cast<mlir::BlockArgument>(op.getLhs()).getArgNumber()];
    cotangent = f.operands[llvm::cast<mlir::BlockArgument>(op.getRhs()).getArgNumber()];
    images = f.extents.of(op.getLhs())[0];
    chooseRows();
  }

  static bool has(const ConvGeometry &g) {
    if (g.groups > 1 && !g.isDepthwise()) return false;
    for (const WindowAxis &axis : g.axes)
      if (axis.gap != 1) return false;
    return true;
  }

  void emit() {
    const int64_t numOutputs = blocks.whole + (blocks.rest > 0), perOutputs = taps > 1 ? positions : rowBlocks;
    const int64_t trips = numOutputs * perOutputs;
    int64_t work = blocks.vectors * tile.lanes() * rows * (constantOf(images).value_or(16));
    if (taps == 1) work *= positions;
    for (const WindowAxis &axis : g.axes) work *= axis.window;
    f.splitInRanges();
    f.taskWork = kTaskMultiplications;
    f.setTrips(f.constant(trips), work);
    overTrips([&](Trip &trip) { overPositions(trip, [&](const Tile &t) { keep(t, tile.zeros(trip.rows)); }); });
    overChunks([&](const Chunk &chunk) {
      overTrips([&](Trip &trip) {
        pack(trip, chunk);
        overPositions(trip, [&](const Tile &t) { addChunk(trip, t, chunk); });
      });
    });
  }

 private:
  KernelFrame &f;
  const ConvGeometry &g;
  const WindowAxis &column;  // gaps are 1: a cotangent has the forward direction's dilation as its stride
  ConvTile tile;
  OutputBlocks blocks;
  int64_t channels;  // of rows: 1 for depthwise filters, whose vectors run over channels
  Value x, cotangent, images;
  int64_t taps = 1, rows = 1, rowBlocks = 1, positions = 1;
  Value operandCopy, givenCopy;  // made when first needed

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
      int64_t at = k * column.stride + p * column.dilation - column.low;
      return at >= 0 && at < column.extent;
    };
    return meets(first) && meets(last - 1);
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

  /// A block of outputs with a block of rows: channels, for every window position, or a window row.
  struct Trip {
    Value number, output, channel, position;  // `position` is null for every one
    int64_t rows;
    /// Copies of a chunk: elements of the two are this far apart; null where they are read in place.
    Value operand, given;
    int64_t operandPitch, givenPitch;
  };

  void overTrips(llvm::function_ref<void(Trip &)> body) {
    f.loop(f.begin, f.end, 1, [&](Value number) {
      auto [block, rest] = f.split(number, taps > 1 ? positions : rowBlocks);
      Trip trip{number,
                f.mul(block, f.constant(blocks.vectors * tile.lanes())),
                f.constant(0),
                Value(),
                rows,
                {},
                {},
                g.channels,
                g.outputs};
      choose(blocks.whole, blocks.rest > 0, block, [&](bool whole) {
        if (whole)
          tile.begin(blocks.vectors, blocks.vectors * tile.lanes());
        else
          tile.begin((blocks.rest + tile.lanes() - 1) / tile.lanes(), blocks.rest);
        if (taps > 1) {
          trip.position = rest;
          return body(trip);
        }
        const int64_t last = channels - (rowBlocks - 1) * rows;
        choose(last == rows ? rowBlocks : rowBlocks - 1, last != rows, rest, [&](bool full) {
          Trip mine = trip;
          mine.channel = f.mul(rest, f.constant(rows));
          mine.rows = full ? rows : last;
          body(mine);
        });
      });
    });
  }

  struct Tile {
    Value number, plane, row, column;  // window position; `column` is 0 for tiles of a whole window row
    Value to;
  };
  void overPositions(const Trip &trip, llvm::function_ref<void(const Tile &)> body) {
    if (trip.position) return body(tileAt(trip, trip.position));
    f.loop(f.constant(0), f.constant(positions), 1, [&](Value position) { body(tileAt(trip, position)); });
  }
  Tile tileAt(const Trip &trip, Value position) {
    auto [line, k] = taps > 1 ? std::pair(position, f.constant(0)) : f.split(position, column.result);
    auto [plane, row] = f.split(line, g.axes[1].result);
    Value at = f.add(f.mul(line, f.constant(column.result)), k);
    Value element =
        f.add(f.mul(f.add(f.mul(at, f.constant(channels)), trip.channel), f.constant(g.outputs)), trip.output);
    return {position, plane, row, k, tile.at(f.results[0], element)};
  }

  void keep(const Tile &t, mlir::ValueRange sums) {
    for (int64_t r = 0; r < static_cast<int64_t>(sums.size()) / tile.vectors(); ++r)
      tile.store(tile.at(t.to, r * g.outputs), sums.slice(r * tile.vectors(), tile.vectors()));
  }

  //===-- Pixels ---------------------------------------------------------------------------------------------===//

  struct Chunk {
    Value image, plane, first, last;  // rows of the cotangent
  };
  void overChunks(llvm::function_ref<void(const Chunk &)> body) {
    const WindowAxis &row = g.axes[1];
    const int64_t height = chunkHeight();
    f.loop(f.constant(0), images, 1, [&](Value image) {
      f.loop(f.constant(0), f.constant(g.axes[0].window), 1, [&](Value plane) {
        f.loop(f.constant(0), f.constant(row.window), height, [&](Value first) {
          Value end = f.add(first, f.constant(height));
          body({image, plane, first, row.window % height ? f.minimum(end, f.constant(row.window)) : end});
        });
      });
    });
  }

  int64_t chunkHeight() const { return std::clamp<int64_t>(kChunkPixels / column.window, 1, g.axes[1].window); }

  //===-- Copies ---------------------------------------------------------------------------------------------===//

  /// The first row of the operand that a chunk could meet.
  Value firstRow(const Chunk &chunk) { return elementOf(g.axes[1], f.constant(0), chunk.first); }

  Value stack(int64_t elements) {
    Value count = f.constant(elements);
    mlir::OpBuilder::InsertionGuard insertion(f.b);
    f.b.setInsertionPointAfter(count.getDefiningOp());
    return LLVM::AllocaOp::create(f.b, f.at, LLVM::LLVMPointerType::get(f.b.getContext()), tile.elementType(), count,
                                  64);
  }

  void pack(Trip &trip, const Chunk &chunk) {
    const WindowAxis &row = g.axes[1];
    if (taps > 1 || g.isDepthwise() || positions < kPositionsToPack || g.axes[0].result > 1 || g.axes[0].window > 1)
      return;
    const int64_t size = static_cast<int64_t>(size_of(tile.dtype())), width = tile.vectors() * tile.lanes();
    const int64_t givenCount = chunkHeight() * column.window * width;
    if (g.outputs > width && givenCount * size <= kMostPacked) {
      trip.given = givenCopy = givenCopy ? givenCopy : stack(kMostPacked / size);
      trip.givenPitch = width;
      overLines(chunk.first, chunk.last, column.window, [&](Value p, Value q) {
        Value line = f.add(f.mul(chunk.image, f.constant(row.window)), p);
        Value from = f.add(f.mul(line, f.constant(column.window)), q);
        Value to = f.add(f.mul(f.sub(p, chunk.first), f.constant(column.window)), q);
        tile.store(tile.at(trip.given, f.mul(to, f.constant(width))),
                   tile.load(tile.at(cotangent, f.add(f.mul(from, f.constant(g.outputs)), trip.output))));
      });
    }
    const int64_t height = (chunkHeight() - 1) * row.dilation + (row.result - 1) * row.stride + 1;
    // Whole vectors are stored: the last one ends behind its rows.
    const int64_t vectors = (trip.rows + tile.lanes() - 1) / tile.lanes();
    const int64_t operandCount = height * column.extent * trip.rows + vectors * tile.lanes();
    if (g.channels > trip.rows && operandCount * size <= kMostPacked) {
      trip.operand = operandCopy = operandCopy ? operandCopy : stack(kMostPacked / size);
      trip.operandPitch = trip.rows;
      Value base = firstRow(chunk);
      Value first = arith::MaxSIOp::create(f.b, f.at, base, f.constant(0));
      Value last = f.minimum(f.add(base, f.constant(height)), f.constant(row.extent));
      ConvTile rowsOf(f, tile.dtype());
      rowsOf.begin(vectors, trip.rows);
      ConvTile whole(f, tile.dtype());
      whole.begin(vectors, vectors * tile.lanes());
      overLines(first, last, column.extent, [&](Value h, Value w) {
        Value line = f.add(f.mul(chunk.image, f.constant(row.extent)), h);
        Value from = f.add(f.mul(line, f.constant(column.extent)), w);
        Value to = f.add(f.mul(f.sub(h, base), f.constant(column.extent)), w);
        whole.store(whole.at(trip.operand, f.mul(to, f.constant(trip.rows))),
                    rowsOf.load(rowsOf.at(x, f.add(f.mul(from, f.constant(g.channels)), trip.channel))));
      });
    }
  }

  void overLines(Value first, Value last, int64_t width, llvm::function_ref<void(Value, Value)> body) {
    f.loop(first, last, 1,
           [&](Value line) { f.loop(f.constant(0), f.constant(width), 1, [&](Value at) { body(line, at); }); });
  }

  //===-- Sums -----------------------------------------------------------------------------------------------===//

  /// The pixels p of [first, last) whose element k * stride + p * dilation - low is one.
  std::pair<Value, Value> met(const WindowAxis &axis, Value k, Value first, Value last) {
    if (axis.isInside()) return {first, last};
    Value base = f.sub(f.constant(axis.low), f.mul(k, f.constant(axis.stride)));
    auto reaching = [&](int64_t limit) -> Value {
      Value missing = arith::MaxSIOp::create(f.b, f.at, f.add(base, f.constant(limit)), f.constant(0));
      if (axis.dilation == 1) return missing;
      Value up = f.add(missing, f.constant(axis.dilation - 1));
      return arith::DivSIOp::create(f.b, f.at, up, f.constant(axis.dilation));
    };
    return {arith::MaxSIOp::create(f.b, f.at, first, reaching(0)), f.minimum(last, reaching(axis.extent))};
  }

  Value elementOf(const WindowAxis &axis, Value k, Value p) {
    Value at = f.add(f.mul(k, f.constant(axis.stride)), f.mul(p, f.constant(axis.dilation)));
    return axis.low == 0 ? at : f.sub(at, f.constant(axis.low));
  }

  void addChunk(const Trip &trip, const Tile &t, const Chunk &chunk) {
    Values sums;
    for (int64_t r = 0; r < trip.rows; ++r) llvm::append_range(sums, tile.load(tile.at(t.to, r * g.outputs)));
    // A plane of the cotangent that meets none of the operand has no rows.
    auto [planeBegin, planeEnd] = met(g.axes[0], t.plane, chunk.plane, f.add(chunk.plane, f.constant(1)));
    auto [first, last] = met(g.axes[1], t.row, chunk.first, chunk.last);
    Value d = elementOf(g.axes[0], t.plane, chunk.plane);
    const Ahead nextChunk = aheadOf(trip, t, chunk, d);
    sums = f.loop(planeBegin, planeEnd, 1, sums, [&](Value, mlir::ValueRange outer) {
      return f.loop(first, last, 1, outer, [&](Value p, mlir::ValueRange carried) {
        auto [line, given] = lineOf(trip, t, chunk, d, p);
        const Ahead ahead = inRow(nextChunk, p);
        return taps > 1 ? overWindowRow(line, given, ahead, carried) : overPixels(trip, t, line, given, ahead, carried);
      });
    });
    keep(t, sums);
  }

  /// One cache line of each pixel of the next chunk, of either operand: the tiles of this chunk fetch them in turn.
  struct Ahead {
    Value from, rowPitch, pixelPitch;  // in elements
  };
  Ahead aheadOf(const Trip &trip, const Tile &t, const Chunk &chunk, Value d) {
    const WindowAxis &row = g.axes[1];
    auto lines = [&](int64_t elements) {
      return (elements * static_cast<int64_t>(size_of(tile.dtype())) + kLineBytes - 1) / kLineBytes;
    };
    const int64_t ofGiven = lines(g.outputs), ofOperand = lines(g.channels), step = kLineBytes / size_of(tile.dtype());
    Value number = taps > 1 ? trip.number : f.add(f.mul(trip.number, f.constant(positions)), t.number);
    Value which = arith::RemUIOp::create(f.b, f.at, number, f.constant(ofGiven + ofOperand));
    Value isGiven = f.less(which, f.constant(ofGiven));
    auto choose = [&](Value given, Value operand) -> Value {
      return arith::SelectOp::create(f.b, f.at, isGiven, given, operand);
    };
    Value ahead = f.constant(chunkHeight());
    Value givenLine = f.add(
        f.mul(f.add(f.mul(chunk.image, f.constant(g.axes[0].window)), chunk.plane), f.constant(row.window)), ahead);
    Value givenAt = f.add(f.mul(givenLine, f.constant(column.window * g.outputs)), f.mul(which, f.constant(step)));
    // The rows that the last window position adds.
    Value reached = elementOf(row, f.constant(row.result - 1), ahead);
    Value line =
        f.add(f.mul(f.add(f.mul(chunk.image, f.constant(g.axes[0].extent)), d), f.constant(row.extent)), reached);
    Value operandAt = f.add(f.mul(line, f.constant(column.extent * g.channels)),
                            f.mul(f.sub(which, f.constant(ofGiven)), f.constant(step)));
    return {choose(tile.at(cotangent, givenAt), tile.at(x, operandAt)),
            choose(f.constant(column.window * g.outputs), f.constant(row.dilation * column.extent * g.channels)),
            choose(f.constant(g.outputs), f.constant(column.dilation * g.channels))};
  }
  Ahead inRow(const Ahead &ahead, Value p) {
    return {tile.at(ahead.from, f.mul(p, ahead.rowPitch)), ahead.rowPitch, ahead.pixelPitch};
  }
  void fetch(const Ahead &ahead, Value pixel) {
    Value at = tile.at(ahead.from, f.mul(pixel, ahead.pixelPitch));
    LLVM::Prefetch::create(f.b, f.at, at, /*rw=*/0, /*hint=*/2, /*cache=*/1);
  }

  /// Row p of the cotangent and the row of the operand that it meets, in place or copied.
  std::pair<Value, Value> lineOf(const Trip &trip, const Tile &t, const Chunk &chunk, Value d, Value p) {
    Value h = elementOf(g.axes[1], t.row, p), line, given;
    if (trip.operand) {
      Value local = f.mul(f.sub(h, firstRow(chunk)), f.constant(column.extent * trip.operandPitch));
      line = tile.at(trip.operand, local);
    } else {
      Value plane = f.add(f.mul(chunk.image, f.constant(g.axes[0].extent)), d);
      Value from = f.mul(f.add(f.mul(plane, f.constant(g.axes[1].extent)), h), f.constant(column.extent * g.channels));
      line = tile.at(x, f.add(from, g.isDepthwise() ? trip.output : trip.channel));
    }
    if (trip.given) {
      given = tile.at(trip.given, f.mul(f.sub(p, chunk.first), f.constant(column.window * trip.givenPitch)));
    } else {
      Value plane = f.add(f.mul(chunk.image, f.constant(g.axes[0].window)), chunk.plane);
      Value pixels = f.add(f.mul(plane, f.constant(g.axes[1].window)), p);
      given = tile.at(cotangent, f.add(f.mul(pixels, f.constant(column.window * g.outputs)), trip.output));
    }
    return {line, given};
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

  Values overPixels(const Trip &trip, const Tile &t, Value line, Value given, const Ahead &ahead,
                    mlir::ValueRange sums) {
    auto [first, last] = met(column, t.column, f.constant(0), f.constant(column.window));
    return f.loop(first, last, 1, sums, [&](Value p, mlir::ValueRange carried) {
      Value element = elementOf(column, t.column, p);
      fetch(ahead, p);
      return onePixel(tile.at(line, f.mul(element, f.constant(trip.operandPitch))),
                      tile.at(given, f.mul(p, f.constant(trip.givenPitch))), 0, trip.rows, carried);
    });
  }

  /// Tiles of a whole window row: pixels at the ends of the row meet some of its positions only.
  Values overWindowRow(Value line, Value given, const Ahead &ahead, mlir::ValueRange sums) {
    Values next = llvm::to_vector_of<Value>(sums);
    const int64_t pitch = column.dilation * g.channels, start = -column.low * g.channels;
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
        fetch(ahead, p);
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
