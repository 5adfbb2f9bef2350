// Regions: tracing bodies of branches and loops, and threading variables through them.

#include "etch/control_flow.h"

#include <algorithm>

#include "frontend/function/eager.h"
#include "frontend/tensor/axes.h"
#include "frontend/tensor/elementwise.h"
#include "frontend/tensor/storage.h"
#include "frontend/trace/emit.h"

namespace etch {
namespace detail {

bool is_tracing() { return Trace::current() != nullptr; }
Tensor nth(const Tensor &x, int64_t i) { return x[Index(i)]; }

namespace {

struct Region {
  explicit Region(const char *name, Location at) : trace(Trace::Kind::region, name, at) {}
  Trace trace;
  std::vector<Tensor> results;
};

/// Variables that any of the regions assigned, in the order of first use.
std::vector<std::shared_ptr<VariableState>> assigned_in(std::initializer_list<Region *> regions) {
  std::vector<std::shared_ptr<VariableState>> states;
  for (Region *region : regions)
    for (const Trace::Slot &slot : region->trace.slots())
      if (slot.assigned && std::find(states.begin(), states.end(), slot.state) == states.end())
        states.push_back(slot.state);
  return states;
}

/// Settles what the variables of a region are: captures, or carried arguments for those that are assigned.
void close_region(Region &region, const std::vector<std::shared_ptr<VariableState>> &assigned, bool carried,
                  bool yields_variables, Location at) {
  Trace &trace = region.trace;
  ir::Tape &tape = trace.tape();
  for (const Tensor &result : region.results) tape.results.push_back(trace.use(result, at));
  for (const auto &state : assigned) trace.slot_of(state, at);
  for (const auto &state : assigned) {
    Trace::Slot &slot = trace.slot_of(state, at);
    if (carried) tape.arguments.push_back({slot.initial, ir::Argument::Kind::variable, state->name});
    if (yields_variables) tape.results.push_back(slot.current);
  }
  for (const Trace::Slot &slot : trace.slots()) {
    bool is_assigned = std::find(assigned.begin(), assigned.end(), slot.state) != assigned.end();
    if (!carried || !is_assigned) tape.captures.push_back({slot.initial, trace.parent()->use(slot.outer, at)});
  }
}

/// `values` under the types that a loop carries them with.
Values relax(const Values &values, const std::vector<TensorType> &types, Location at) {
  Values relaxed;
  for (size_t i = 0; i < values.size(); ++i) relaxed.push_back(emit_as(values[i], types[i], at));
  return relaxed;
}

std::vector<TensorType> types_of(const Values &values) {
  std::vector<TensorType> types;
  for (const Tensor &value : values) types.push_back(value.type());
  return types;
}

/// Adds the node of a closed control-flow op and hands assigned variables back to the enclosing trace.
Values finish(ir::Node node, Values operands, const Values &like,
              const std::vector<std::shared_ptr<VariableState>> &assigned, Location at) {
  std::vector<TensorType> types = types_of(like);
  for (const auto &state : assigned) types.push_back(state->type);
  Values results = emit_node(std::move(node), operands, types, at);
  for (size_t i = 0; i < assigned.size(); ++i)
    Trace::current()->assign_variable(assigned[i], results[like.size() + i], at);
  results.resize(like.size());
  return results;
}

Tensor as_bound(const Operand &operand) {
  require_bound(operand);
  if (operand.is_literal()) return emit_splat({i64, {}}, 0, operand.integer, false, operand.at);
  return cast_symbolic(operand.tensor, i64, operand.at);
}

}  // namespace

Values record_cond(const Operand &pred, FunctionRef<Values()> then_body, FunctionRef<Values()> else_body) {
  Location at = pred.at;
  Tensor condition = as_tensor(pred);
  if (condition.dtype() != boolean || condition.rank() != 0)
    fail_op("cond",
            "a condition is one bool; got " + to_string(condition.type()) +
                "; compare first, as in x > 0, and reduce with etch::any or etch::all",
            at);
  Region on_true("cond", at), on_false("cond", at);
  {
    TraceScope scope(&on_true.trace);
    on_true.results = then_body();
  }
  {
    TraceScope scope(&on_false.trace);
    on_false.results = else_body();
  }
  require_same_types("cond", on_true.results, on_false.results, "in the true branch", "in the false branch", at);
  auto assigned = assigned_in({&on_true, &on_false});
  Values like = on_true.results;
  ir::Node node;
  node.op = ir::OpCode::if_;
  for (Region *region : {&on_true, &on_false}) {
    close_region(*region, assigned, false, true, at);
    node.regions.push_back(region->trace.finish_region());
  }
  return finish(std::move(node), {condition}, like, assigned, at);
}

Values record_while(const Values &initial, const std::vector<TensorType> &types,
                    FunctionRef<Tensor(const Values &)> condition, FunctionRef<Values(const Values &)> body,
                    Location at) {
  Values inits = relax(initial, types, at);
  Region test("while_loop", at), loop("while_loop", at);
  for (auto *region : {&test, &loop}) {
    Values carried;
    for (const Tensor &init : inits) carried.push_back(region->trace.add_region_argument(init.type(), "carried", at));
    TraceScope scope(&region->trace);
    if (region == &test) {
      Tensor decision = condition(carried);
      if (decision.dtype() != boolean || decision.rank() != 0)
        fail_op("while_loop",
                "the condition must return one bool; got " + to_string(decision.type()) +
                    "; compare first, as in i < n, and reduce with "
                    "etch::any or etch::all",
                at);
      region->results = {decision};
    } else {
      Values results = body(carried);
      require_carried("while_loop", types, results, "returned by the body", at);
      region->results = relax(results, types, at);
    }
  }
  if (!assigned_in({&test}).empty())
    fail_op("while_loop",
            "the condition assigns the variable '" + assigned_in({&test})[0]->name + "'; assign variables in the body",
            at);
  auto assigned = assigned_in({&loop});
  close_region(test, assigned, true, false, at);
  close_region(loop, assigned, true, true, at);
  Values operands = inits;
  for (const auto &state : assigned) operands.push_back(Trace::current()->read_variable(state, at));
  ir::Node node;
  node.op = ir::OpCode::while_;
  node.regions.push_back(test.trace.finish_region());
  node.regions.push_back(loop.trace.finish_region());
  return finish(std::move(node), std::move(operands), inits, assigned, at);
}

Values record_for(const Operand &lower, const Operand &upper, const Values &initial,
                  const std::vector<TensorType> &types, FunctionRef<Values(const Tensor &, const Values &)> body,
                  Location at) {
  Values inits = relax(initial, types, at);
  Values operands{as_bound(lower), as_bound(upper)};
  Region loop("for_range", at);
  Tensor counter = loop.trace.add_region_argument({i64, {}}, "i", at);
  Values carried;
  for (const Tensor &init : inits) carried.push_back(loop.trace.add_region_argument(init.type(), "carried", at));
  {
    TraceScope scope(&loop.trace);
    Values results = body(counter, carried);
    require_carried("for_range", types, results, "returned by the body", at);
    loop.results = relax(results, types, at);
  }
  auto assigned = assigned_in({&loop});
  close_region(loop, assigned, true, true, at);
  operands.insert(operands.end(), inits.begin(), inits.end());
  for (const auto &state : assigned) operands.push_back(Trace::current()->read_variable(state, at));
  ir::Node node;
  node.op = ir::OpCode::for_;
  node.regions.push_back(loop.trace.finish_region());
  return finish(std::move(node), std::move(operands), inits, assigned, at);
}

namespace {

Tensor position(const Tensor &x, const Tensor &i, Location at) {
  // take works for unknown extents, too; dynamic_slice is the plainer op where all other extents are known.
  return emit(ir::OpCode::take, {x, i}, {{"axis", int64_t{0}}}, at);
}

Tensor write_at(const Tensor &elements, const Tensor &value, const Tensor &i, Location at) {
  CallerScope caller(at);
  std::vector<Tensor> starts{i};
  for (int axis = 1; axis < elements.rank(); ++axis) starts.push_back(emit_splat({i64, {}}, 0, 0, false, at));
  return dynamic_update_slice(elements, expand_dims(value, 0), starts);
}

}  // namespace

Values record_scan(const Values &initial, const std::vector<TensorType> &types, const Values &xs,
                   FunctionRef<ScanStep(const Values &, const Values &)> body, Location at) {
  Values inits = relax(initial, types, at);
  const int64_t n = leading_extent(xs, at);
  Trace *outer = Trace::current();
  Values operands{emit_splat({i64, {}}, 0, 0, false, at), emit_extent(xs[0], 0, at)};
  Region loop("scan", at);
  Tensor counter = loop.trace.add_region_argument({i64, {}}, "i", at);
  Values carried, accumulators;
  for (const Tensor &init : inits) carried.push_back(loop.trace.add_region_argument(init.type(), "carried", at));
  std::vector<TensorType> stacked;
  {
    TraceScope scope(&loop.trace);
    // An empty sequence has no positions and its loop never runs, but its elements have a type.
    const bool runs = n != 0;
    Values parts;
    for (const Tensor &x : xs) {
      const Shape element(x.shape().dims().subspan(1));
      parts.push_back(runs || !element.is_static() ? position(x, counter, at)
                                                   : emit_splat({x.dtype(), element}, 0, 0, false, at));
    }
    ScanStep step = body(carried, parts);
    require_carried("scan", types, step.carried, "returned by the step", at);
    loop.results = relax(step.carried, types, at);
    // The shapes of the outputs are known only now; the loop carries their stacks.
    for (const Tensor &output : step.outputs) {
      TensorType type{output.dtype(), {}};
      require_rank("scan", output.rank() + 1, at);
      type.shape.push_back(n);
      for (int64_t extent : output.shape()) {
        if (extent == kDynamic)
          throw UnsupportedError("[scan] an output is " + to_string(output.type()) +
                                     "; the extents of outputs must be known while tracing",
                                 at);
        type.shape.push_back(extent);
      }
      stacked.push_back(type);
      Tensor accumulator = loop.trace.add_region_argument(type, "stacked", at);
      loop.results.push_back(runs ? write_at(accumulator, output, counter, at) : accumulator);
    }
  }
  operands.insert(operands.end(), inits.begin(), inits.end());
  Values like = inits;
  for (const TensorType &type : stacked) {
    Tensor zero;
    if (type.shape.is_static()) {
      zero = emit_splat(type, 0, 0, false, at);
    } else {
      zero = emit(ir::OpCode::broadcast_in_dim, {emit_splat({type.dtype, {}}, 0, 0, false, at), operands[1]},
                  {{"shape", type.shape.to_vector()}, {"dims", std::vector<int64_t>{}}}, at);
    }
    operands.push_back(zero);
    like.push_back(zero);
  }
  auto assigned = assigned_in({&loop});
  close_region(loop, assigned, true, true, at);
  for (const auto &state : assigned) operands.push_back(outer->read_variable(state, at));
  ir::Node node;
  node.op = ir::OpCode::for_;
  node.regions.push_back(loop.trace.finish_region());
  return finish(std::move(node), std::move(operands), like, assigned, at);
}

}  // namespace detail

TensorArray TensorArray::of(int64_t length, Shape shape, DType dtype, std::source_location at) {
  detail::CallerScope caller(at, "TensorArray::of");
  detail::require_rank("TensorArray::of", shape.rank() + 1, at);
  Shape all{length};
  for (int64_t extent : shape) all.push_back(extent);
  return {zeros(all, dtype, at)};
}

TensorArray TensorArray::write(Operand i, Operand value) const {
  detail::CallerScope caller(value.at, "TensorArray::write");
  Tensor element = detail::as_tensor(value, elements.dtype(), "TensorArray::write");
  if (element.rank() + 1 != elements.rank())
    detail::fail_op("TensorArray::write",
                    to_string(element.type()) + " is no element of " + to_string(elements.type()) +
                        ", whose first axis counts them",
                    value.at);
  std::vector<Tensor> starts{cast(Operand(detail::indices_of("TensorArray::write", i, value.at)), i64)};
  if (starts[0].rank() == 0) detail::require_indices("TensorArray::write", starts[0], elements, 0, value.at);
  for (int axis = 1; axis < elements.rank(); ++axis) starts.push_back(detail::literal(i64, 0, 0, false, value.at));
  return {dynamic_update_slice(elements, expand_dims(element, 0), starts)};
}

Tensor TensorArray::read(Operand i) const {
  detail::CallerScope caller(i.at, "TensorArray::read");
  return take(elements, i, 0);
}

}  // namespace etch
