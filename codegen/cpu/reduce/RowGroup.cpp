#include "codegen/cpu/reduce/RowGroup.h"

namespace etch::codegen {

using mlir::Value;

RowGroup::RowGroup(ReduceFrame &r, int64_t rows) : r(r), f(r.f), rows(rows) {
  for (int64_t kept : r.keptAxes)
    if (r.domain.getDimSize(kept) != 1) axis = kept;
}

void RowGroup::overGroups(llvm::function_ref<void()> inner) {
  if (isSingle()) return r.overKept(inner);
  r.overKeptBut(axis, [&] {
    const bool isOutermost = axis == r.keptAxes[0];
    Value upper = isOutermost ? f.end : r.size[axis];
    f.loop(isOutermost ? f.begin : f.constant(0), upper, rows, [&](Value start) {
      first = start;
      const bool isWhole = constantOf(upper).value_or(1) % rows == 0;
      count = isWhole ? f.constant(rows) : f.minimum(f.constant(rows), f.sub(upper, start));
      mask = isWhole && rows == kLanes ? Value() : f.laneMask(count);
      numbers.clear();
      enterRows();
      inner();
    });
  });
}

/// All rows at once, a lane each.
void RowGroup::enterRows() {
  if (isSingle()) return f.elements.enterBody(0, {});
  r.index[axis] = {first, 1, {}};
  f.elements.enterBody(kLanes, mask);
  for (const Numbers &known : numbers) f.elements.setValue(known.tensor, known.vector);
}

Value RowGroup::allocate(Value tensor) { return f.allocate(kLanes * static_cast<int64_t>(size_of(dtypeOf(tensor)))); }

void RowGroup::eachRow(llvm::ArrayRef<Value> results, llvm::function_ref<Values()> body) {
  if (isSingle()) {
    for (auto [tensor, value] : llvm::zip(results, body())) f.elements.setValue(tensor, value);
    return enterRows();
  }
  llvm::SmallVector<Value> places;
  for (Value tensor : results) places.push_back(allocate(tensor));
  f.loop(f.constant(0), count, 1, [&](Value row) {
    r.index[axis] = {f.add(first, row), 0, {}};
    for (const Numbers &known : numbers)
      if (known.memory)
        f.elements.setValue(known.tensor, loadScalar(f.b, f.at, dtypeOf(known.tensor), known.memory, row));
    for (auto [tensor, place, value] : llvm::zip(results, places, body()))
      storeScalar(f.b, f.at, dtypeOf(tensor), value, place, row);
  });
  for (auto [tensor, place] : llvm::zip(results, places))
    numbers.push_back({tensor, place, loadVector(f, dtypeOf(tensor), place, mask)});
  enterRows();
}

void RowGroup::compute(Value result) {
  Value value = f.elements.vectorAt(result, r.keptIndex());
  f.elements.setValue(result, value);
  if (isSingle()) return;
  Value place;
  if (llvm::any_of(result.getUsers(), llvm::IsaPred<ir::BroadcastInDimOp>)) {
    place = allocate(result);
    storeVector(f, dtypeOf(result), value, place, Value());
  }
  numbers.push_back({result, place, value});
}

Index RowGroup::firstElement() const {
  Index index(r.index);
  if (!isSingle()) index[axis] = {first, 0, {}};
  for (int64_t reduced : r.reducedAxes) index[reduced] = {f.constant(0), 0, {}};
  return index;
}

}  // namespace etch::codegen
