#include "codegen/cpu/window/ConvPixelRow.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/elements/TransposedTile.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;
using Values = ConvTile::Values;

namespace {

/// Channels times stride up to which planes are picked out of vectors by shuffles (docs/decisions/0072). Half, twice:
/// .87, .92.
constexpr int64_t kMostPicked = 4;

}  // namespace

PixelRow::PixelRow(KernelFrame &f, const ConvGeometry &g, ConvTile &tile, llvm::ArrayRef<WindowPhase> phases,
                   int64_t vectors)
    : f(f),
      g(g),
      tile(tile),
      phases(phases),
      vectors(vectors),
      lanes(tile.lanes()),
      operand(f.pointerOf((*f.body().getOps<ir::ConvolutionOp>().begin()).getLhs())) {}

/// Where the pixels of a plane begin, counted from the block's first result.
int64_t PixelRow::firstPixel(const WindowPhase &phase) const {
  int64_t first = 0;
  for (int64_t j = 0; j < phase.taps; ++j) first = std::min(first, quotientDown(phase.element(j), phase.advance));
  return first;
}

int64_t PixelRow::planePitch(const WindowPhase &phase) const {
  int64_t last = 0;
  for (int64_t j = 0; j < phase.taps; ++j) last = std::max(last, quotientDown(phase.element(j), phase.advance));
  return quotientUp(vectors * lanes + last - firstPixel(phase), lanes) * lanes;
}

int64_t PixelRow::bytes() const {
  int64_t elements = 0;
  for (const WindowPhase &phase : phases) elements = std::max(elements, g.inputs * inputPitch(phase));
  return elements * static_cast<int64_t>(size_of(tile.dtype()));
}

bool PixelRow::isInside(const WindowPhase &phase, int64_t start) const {
  const int64_t first = start + firstPixel(phase), last = first + planePitch(phase);
  return first >= 0 && last * phase.advance <= g.axes[2].extent;
}

void PixelRow::allocate() {
  copy = f.allocate(bytes());
  Value zero = arith::ConstantOp::create(f.b, f.at, f.b.getI8IntegerAttr(0));
  LLVM::MemsetOp::create(f.b, f.at, copy, zero, f.constant(bytes()), /*isVolatile=*/false);
}

Value PixelRow::at(const WindowPhase &phase, int64_t tap, Value input) {
  const int64_t element = phase.element(tap), pixel = quotientDown(element, phase.advance),
                plane = element - pixel * phase.advance;
  const int64_t from = plane * planePitch(phase) + pixel - firstPixel(phase);
  return tile.at(copy, f.add(f.mul(input, f.constant(inputPitch(phase))), f.constant(from)));
}

void PixelRow::fill(const WindowPhase &phase, const PixelBlock &block, Value line, Value feature) {
  Value from = tile.at(operand, f.add(f.mul(line, f.constant(g.axes[2].extent * g.channels)), feature));
  const int64_t first = firstPixel(phase), pitch = planePitch(phase), extent = g.axes[2].extent;
  auto put = [&](Value offset, std::optional<int64_t> at) {
    const Piece piece{offset, f.add(f.add(block.start, f.constant(first)), offset), at};
    if (g.groups == 1 && phase.advance * g.channels <= kMostPicked)
      pick(phase, from, piece);
    else
      transpose(phase, from, piece);
  };
  // Pieces that the operand has whole are a loop; at the ends of the row it is known what there is.
  auto isWhole = [&](int64_t offset) {
    const int64_t at = block.at + first + offset;
    return block.isPlain || (at >= 0 && (at + lanes) * phase.advance <= extent);
  };
  for (int64_t offset = 0, end; offset < pitch; offset = end) {
    end = offset + lanes;
    const int64_t at = block.at + first + offset;
    if (isWhole(offset)) {
      while (end < pitch && isWhole(end)) end += lanes;
      f.loop(f.constant(offset), f.constant(end), lanes, [&](Value each) { put(each, std::nullopt); });
    } else if (at * phase.advance < extent && at + lanes > 0) {
      put(f.constant(offset), at);
    }
  }
}

/// Vectors of the row hold all channels of all planes.
void PixelRow::pick(const WindowPhase &phase, Value from, const Piece &piece) {
  const int64_t planes = phase.advance * g.channels;
  Value base = tile.at(from, f.mul(piece.pixel, f.constant(planes)));
  Values read;
  for (int64_t v = 0; v < planes; ++v) {
    Lanes there{0, lanes};
    if (piece.at) there = Lanes::inside(*piece.at * planes + v * lanes, lanes, g.axes[2].extent * g.channels);
    read.push_back(there.count() ? tile.loadSome(tile.at(base, v * lanes), there) : tile.zeros(1)[0]);
  }
  for (int64_t plane = 0; plane < planes; ++plane) {
    Value picked = pickLanes(f, read, [&](int64_t i) { return i * planes + plane; });
    const int64_t channel = plane % g.channels, which = plane / g.channels;
    Value to = f.add(piece.offset, f.constant(channel * inputPitch(phase) + which * planePitch(phase)));
    tile.store(tile.at(copy, to), {picked});
  }
}

/// As many channels as a vector has lanes, of as many pixels, are transposed in registers.
void PixelRow::transpose(const WindowPhase &phase, Value from, const Piece &piece) {
  const int64_t whole = g.inputs / lanes * lanes, rest = g.inputs % lanes;
  f.loop(f.constant(0), f.constant(phase.advance), 1, [&](Value plane) {
    Value pixel = f.add(f.mul(piece.pixel, f.constant(phase.advance)), plane);
    Value place = f.add(f.mul(plane, f.constant(planePitch(phase))), piece.offset);
    auto put = [&](Value channel, int64_t channels) {
      const Square square{pixel, f.constant(inputPitch(phase)), tile.at(from, channel),
                          tile.at(copy, f.add(f.mul(channel, f.constant(inputPitch(phase))), place)), channels};
      if (phases.size() == 1 && phase.advance == 1) return transposeSquare(f, tile, square);
      mlir::func::CallOp::create(
          f.b, f.at, squareFunction(channels),
          mlir::ValueRange{f.target.getArgument(0), square.pixel, square.pitch, square.from, square.to});
    };
    if (whole) f.loop(f.constant(0), f.constant(whole), lanes, [&](Value channel) { put(channel, lanes); });
    if (rest) put(f.constant(whole), rest);
  });
}

void PixelRow::transposeSquare(KernelFrame &own, ConvTile &vectors, const Square &square) const {
  Values read;
  for (int64_t i = 0; i < lanes; ++i) {
    Value pixel = own.add(square.pixel, own.constant(i * phases[0].advance));
    // What does not exist may be anything that does.
    pixel = own.minimum(own.maximum(pixel, own.constant(0)), own.constant(g.axes[2].extent - 1));
    Value from = vectors.at(square.from, own.mul(pixel, own.constant(g.channels)));
    read.push_back(vectors.loadSome(from, {0, square.channels}));
  }
  read = transposed(own.b, own.at, std::move(read));
  for (int64_t c = 0; c < square.channels; ++c)
    vectors.store(vectors.at(square.to, own.mul(own.constant(c), square.pitch)), {read[c]});
}

/// A function where there are many squares, for LLVM takes 2 ms for one: blocks at the ends of a row and phases have
/// one each. But a call makes the sums go through memory, in the loops over channels, too.
mlir::func::FuncOp PixelRow::squareFunction(int64_t channels) {
  mlir::func::FuncOp &function = squares[channels];
  if (function) return function;
  mlir::OpBuilder b(f.target);
  mlir::Type word = b.getI64Type(), pointer = LLVM::LLVMPointerType::get(b.getContext());
  const std::string name = (f.target.getName() + ".transpose" + std::to_string(channels)).str();
  function = mlir::func::FuncOp::create(b, f.at, name, b.getFunctionType({pointer, word, word, pointer, pointer}, {}));
  function.setPrivate();
  KernelFrame own(f.source, function, f.policy);
  ConvTile vectors(own, tile.dtype());
  vectors.begin(1, lanes);
  transposeSquare(
      own, vectors,
      {function.getArgument(1), function.getArgument(2), function.getArgument(3), function.getArgument(4), channels});
  mlir::func::ReturnOp::create(own.b, own.at);
  return function;
}

}  // namespace etch::codegen
