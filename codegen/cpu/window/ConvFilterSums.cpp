#include "codegen/cpu/window/ConvFilterSums.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

FilterSums::FilterSums(KernelFrame &f, const ConvGeometry &g)
    : f(f),
      g(g),
      column(g.axes[2]),
      chunks(f, g),
      op(*f.body().getOps<ir::ConvolutionOp>().begin()),
      tile(f, ir::toDType(op.getType().getElementType()), g),
      tiles(f, g, tile),
      operand(f.pointerOf(op.getLhs())),
      cotangent(f.pointerOf(op.getRhs())),
      copies(f, g, tiles, tile, chunks, operand, cotangent),
      nextChunk(f, g, chunks, tile.dtype(), operand, cotangent) {}

int64_t FilterSums::filters() const {
  return g.axes[0].result * g.axes[1].result * g.axes[2].result * tiles.channelsOfGroup() * g.outputs;
}

void FilterSums::emit(Range images, Range trips, Value result) {
  to = result;
  const int64_t tilesOfTrip = tiles.tilesOfTrip();
  firstTile = f.mul(trips.first, f.constant(tilesOfTrip));
  nextChunk.shareAmong(tiles.numTrips() * tilesOfTrip, f.mul(f.sub(trips.last, trips.first), f.constant(tilesOfTrip)));
  const auto first = constantOf(images.first), last = constantOf(images.last);
  isOneChunk = first && last && *last - *first == 1 && chunks.arePictures();
  if (!isOneChunk)
    tiles.over(trips.first, trips.last, [&](const Trip &trip) {
      tiles.overTiles(trip, [&](const Tile &t) { keep(t, tile.zeros(trip.kind.count())); });
    });
  chunks.over(images.first, images.last, [&](const PixelChunk &chunk) {
    tiles.over(trips.first, trips.last, [&](const Trip &trip) {
      const Copies copied = copies.make(trip, chunk, trips.first);
      tiles.overTiles(trip, [&](const Tile &t) { addChunk(trip, copied, t, chunk); });
    });
  });
}

void FilterSums::keep(const Tile &t, mlir::ValueRange sums) {
  Value first = tile.at(to, t.element);
  for (int64_t r = 0; r < static_cast<int64_t>(sums.size()) / tile.vectors(); ++r)
    tile.store(tile.at(first, r * g.outputs), sums.slice(r * tile.vectors(), tile.vectors()));
}

void FilterSums::addChunk(const Trip &trip, const Copies &copied, const Tile &t, const PixelChunk &chunk) {
  Values sums;
  Value result = tile.at(to, t.element);
  if (isOneChunk)
    sums = tile.zeros(trip.kind.count());
  else
    for (int64_t r = 0; r < trip.kind.count(); ++r) llvm::append_range(sums, tile.load(tile.at(result, r * g.outputs)));
  // A plane of the cotangent that meets none of the operand has no rows.
  auto [planeBegin, planeEnd] = chunks.met(g.axes[0], t.plane, chunk.plane, f.add(chunk.plane, f.constant(1)));
  // Later window rows meet earlier rows of pixels.
  MetRows met;
  for (int64_t l = 0; l < trip.kind.lines; ++l)
    met.push_back(chunks.met(g.axes[1], f.add(t.row, f.constant(l)), chunk.firstRow, chunk.lastRow));
  Value d = chunks.elementOf(g.axes[0], t.plane, chunk.plane);
  const NextChunk::Share ahead = nextChunk.shareOf(f.sub(t.number, firstTile), chunk, d, result);
  sums = f.loop(planeBegin, planeEnd, 1, sums, [&](Value, mlir::ValueRange outer) {
    return f.loop(met.back().first, met.front().second, 1, outer, [&](Value p, mlir::ValueRange carried) {
      const Line line{trip, copied, chunk, ahead, d, p, chunks.elementOf(g.axes[1], t.row, p)};
      return tiles.byWindowRow() ? overLines(line, met, carried) : overPixels(line, t, carried);
    });
  });
  keep(t, sums);
}

/// One pixel for a part of a tile, at whose first window position the pixel meets `from`.
FilterSums::Values FilterSums::onePixel(Value from, Value given, const FilterTiles::Rows &kind, const Part &part,
                                        mlir::ValueRange sums) {
  Values next = llvm::to_vector_of<Value>(sums), outputs = tile.load(given);
  // Tiles of several window positions read the operand in place.
  const int64_t pitch = column.stride * g.channels, linePitch = g.axes[1].stride * column.extent * g.channels;
  for (int64_t line = part.firstLine; line < part.lastLine; ++line)
    for (int64_t tap = part.firstTap; tap < part.lastTap; ++tap) {
      Value position = tile.at(from, line * linePitch + tap * pitch);
      const Values ofPosition = tiles.spanGroups() ? channelsAt(position) : Values();
      for (int64_t c = 0; c < kind.channels; ++c) {
        Values elements(tile.vectors());
        if (tiles.spanGroups())
          elements = channelOfGroups(ofPosition, c);
        else
          llvm::fill(elements, tile.broadcast(tile.at(position, c)));
        const int64_t row = (line * kind.taps + tap) * kind.channels + c;
        for (int64_t v = 0; v < tile.vectors(); ++v) {
          Value &sum = next[row * tile.vectors() + v];
          sum = tile.multiplyAdd(elements[v], outputs[v], sum);
        }
      }
    }
  return next;
}

/// All channels of the groups in each vector of outputs.
FilterSums::Values FilterSums::channelsAt(Value position) {
  const int64_t outputs = g.outputs / g.groups, channels = tiles.channelsOfGroup();
  Values vectors;
  for (int64_t v = 0; v < tile.vectors(); ++v) {
    const int64_t count = quotientUp(tile.count(v), outputs) * channels;
    vectors.push_back(tile.loadSome(tile.at(position, v * (tile.lanes() / outputs) * channels), {0, count}));
  }
  return vectors;
}

/// One of them for each lane: that of its own group.
FilterSums::Values FilterSums::channelOfGroups(mlir::ValueRange ofPosition, int64_t channel) {
  const int64_t outputs = g.outputs / g.groups, channels = tiles.channelsOfGroup();
  Values elements;
  for (Value vector : ofPosition)
    elements.push_back(pickLanes(f, vector, [&](int64_t lane) { return lane / outputs * channels + channel; }));
  return elements;
}

FilterSums::Values FilterSums::overPixels(const Line &line, const Tile &t, mlir::ValueRange sums) {
  auto [first, last] = chunks.met(column, t.column, line.chunk.firstColumn, line.chunk.lastColumn);
  return f.loop(first, last, 1, sums, [&](Value q, mlir::ValueRange carried) {
    nextChunk.fetch(line.ahead, line.chunk, line.p, q);
    Value from = operandAt(line, chunks.elementOf(column, t.column, q));
    return onePixel(from, givenAt(line, q), line.trip.kind, {0, 1, 0, 1}, carried);
  });
}

/// All window rows of the tile, but at the ends of a picture: there some of them meet no elements.
FilterSums::Values FilterSums::overLines(const Line &line, const MetRows &met, mlir::ValueRange sums) {
  const auto lines = static_cast<int64_t>(met.size());
  if (lines == 1 || g.axes[1].isInside()) return overWindowRows(line, 0, lines, sums);
  auto isBetween = [&](Value first, Value last) -> Value {
    Value behind = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::sge, line.p, first);
    return arith::AndIOp::create(f.b, f.at, behind, f.less(line.p, last));
  };
  Value all = isBetween(met.front().first, met.back().second);
  Value some = arith::XOrIOp::create(f.b, f.at, all, arith::ConstantIntOp::create(f.b, f.at, 1, 1));
  Values next = f.where(all, sums, [&] { return overWindowRows(line, 0, lines, sums); });
  return f.where(some, next, [&] {
    Values each = next;
    for (auto [l, rows] : llvm::enumerate(met)) {
      const auto number = static_cast<int64_t>(l);
      each = f.where(isBetween(rows.first, rows.second), each,
                     [&] { return overWindowRows(line, number, number + 1, each); });
    }
    return each;
  });
}

/// Pixels at the ends of the row meet some of the window positions only.
FilterSums::Values FilterSums::overWindowRows(const Line &line, int64_t firstLine, int64_t lastLine,
                                              mlir::ValueRange sums) {
  const FilterTiles::Rows &kind = line.trip.kind;
  const PixelChunk &chunk = line.chunk;
  auto pixel = [&](Value q, int64_t firstTap, int64_t lastTap, mlir::ValueRange carried) {
    Value from = operandAt(line, chunks.elementOf(column, f.constant(kind.firstTap), q));
    return onePixel(from, givenAt(line, q), kind, {firstLine, lastLine, firstTap, lastTap}, carried);
  };
  auto borders = [&](int64_t first, int64_t last, Values carried) {
    for (int64_t q = first; q < last; ++q) {
      int64_t firstTap = kind.taps, lastTap = 0;
      for (int64_t k = 0; k < kind.taps; ++k)
        if (tiles.meets(kind.firstTap + k, q)) firstTap = std::min(firstTap, k), lastTap = k + 1;
      if (firstTap < lastTap) carried = pixel(f.constant(q), firstTap, lastTap, carried);
    }
    return carried;
  };
  int64_t first = 0, last = column.window;
  while (first < last && !tiles.isInside(kind, first)) ++first;
  while (last > first && !tiles.isInside(kind, last - 1)) --last;
  auto inside = [&](Value begin, Value end, const Values &carried) {
    return f.loop(begin, end, 1, carried, [&](Value q, mlir::ValueRange inner) {
      nextChunk.fetch(line.ahead, chunk, line.p, q);
      return pixel(q, 0, kind.taps, inner);
    });
  };
  auto equal = [&](Value a, int64_t b) -> Value {
    return arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::eq, a, f.constant(b));
  };
  Values next = llvm::to_vector_of<Value>(sums);
  if (chunks.haveWholeRows()) {
    next = borders(0, first, next);
    if (last > first) next = inside(f.constant(first), f.constant(last), next);
    return borders(last, column.window, next);
  }
  // The first chunk of a row has its first pixels, the last one its last.
  next = f.where(equal(chunk.firstColumn, 0), next, [&] { return borders(0, first, next); });
  Value begin = f.maximum(chunk.firstColumn, f.constant(first));
  next = inside(begin, f.minimum(chunk.lastColumn, f.constant(last)), next);
  return f.where(equal(chunk.lastColumn, column.window), next, [&] { return borders(last, column.window, next); });
}

}  // namespace etch::codegen
