#include "codegen/cpu/elements/Philox.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/elements/Cast.h"
#include "codegen/cpu/elements/ScalarOps.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

namespace {

/// The block's words as i64 values below 2^32, which makes the 32x32 -> 64 products plain multiplications.
/// Multipliers and Weyl constants: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 3.
struct Philox {
  mlir::OpBuilder &b;
  mlir::Location at;

  Value constant(Value like, int64_t value) { return splatConstant(b, at, like.getType(), value); }
  Value low(Value x) { return arith::AndIOp::create(b, at, x, constant(x, 0xFFFFFFFF)); }
  Value high(Value x) { return arith::ShRUIOp::create(b, at, x, constant(x, 32)); }
  Value exclusiveOr(Value x, Value y) { return arith::XOrIOp::create(b, at, x, y); }

  /// Words 0 and 1 of the block with this key and counter (words 2 and 3 of the counter are 0).
  std::pair<Value, Value> block(Value key, Value counter) {
    Value c0 = low(counter), c1 = high(counter), c2 = constant(counter, 0), c3 = constant(counter, 0);
    Value k0 = low(key), k1 = high(key);
    for (int round = 0; round < 10; ++round) {
      Value product0 = arith::MulIOp::create(b, at, c0, constant(c0, 0xD2511F53));
      Value product1 = arith::MulIOp::create(b, at, c2, constant(c2, 0xCD9E8D57));
      Value n0 = exclusiveOr(exclusiveOr(high(product1), c1), k0), n1 = low(product1);
      Value n2 = exclusiveOr(exclusiveOr(high(product0), c3), k1), n3 = low(product0);
      c0 = n0, c1 = n1, c2 = n2, c3 = n3;
      k0 = low(arith::AddIOp::create(b, at, k0, constant(k0, 0x9E3779B9)));
      k1 = low(arith::AddIOp::create(b, at, k1, constant(k1, 0xBB67AE85)));
    }
    return {c0, c1};
  }
};

}  // namespace

Value emitRandomBits(mlir::OpBuilder &b, mlir::Location at, Value key, Value counter, DType dtype) {
  Philox philox{b, at};
  auto [word0, word1] = philox.block(key, counter);
  if (dtype == DType::i32) return emitCast(b, at, word0, DType::i64, DType::i32);
  Value upper = arith::ShLIOp::create(b, at, word1, philox.constant(word1, 32));
  return arith::OrIOp::create(b, at, upper, word0);
}

Value emitRandomUniform(mlir::OpBuilder &b, mlir::Location at, Value key, Value counter, DType dtype) {
  Philox philox{b, at};
  if (dtype == DType::f64) {
    Value bits = emitRandomBits(b, at, key, counter, DType::i64);
    Value top = arith::ShRUIOp::create(b, at, bits, philox.constant(bits, 11));
    Value number = emitCast(b, at, top, DType::i64, DType::f64);
    return arith::MulFOp::create(b, at, number, splatConstant(b, at, number.getType(), 0x1p-53));
  }
  Value word = philox.block(key, counter).first;
  Value top = arith::ShRUIOp::create(b, at, word, philox.constant(word, 8));
  Value number = emitCast(b, at, emitCast(b, at, top, DType::i64, DType::i32), DType::i32, DType::f32);
  return arith::MulFOp::create(b, at, number, splatConstant(b, at, number.getType(), 0x1p-24));
}

}  // namespace etch::codegen
