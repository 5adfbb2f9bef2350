// Steps with bodies of their own, and variables.
#include <memory>

#include "tests/programs/random/program.h"

namespace random_program {

namespace {

bool same_type(const Tensor &a, const Tensor &b) { return a.dtype() == b.dtype() && a.shape() == b.shape(); }

}  // namespace

bool Maker::add_variable(Block &block, Values &values) {
  if (state.variables.empty()) return false;
  auto which = static_cast<size_t>(dice.below(static_cast<int64_t>(state.variables.size())));
  const Variable &variable = state.variables[which];
  if (dice.chance(40))
    return add(block, values, "read v" + std::to_string(which),
               [which](const Values &, State &s) { return Values{s.variables[which].read()}; });
  auto y =
      like(values, [&](const Tensor &v) { return v.dtype() == variable.dtype() && v.shape() == variable.shape(); });
  if (!y) return false;
  return add(block, values, "v" + std::to_string(which) + ".assign(" + t(*y) + ")",
             [which, y = *y](const Values &v, State &s) {
               s.variables[which].assign(v[y]);
               return Values{};
             });
}

std::vector<size_t> Maker::of_types(const Values &values, const Values &wanted) {
  std::vector<size_t> found;
  for (const Tensor &type : wanted) {
    std::vector<size_t> fitting;
    for (size_t i = 0; i < values.size(); ++i)
      if (same_type(values[i], type)) fitting.push_back(i);
    auto n = static_cast<int64_t>(fitting.size());
    found.push_back(
        fitting[static_cast<size_t>(dice.chance(70) ? n - 1 - dice.below(std::min<int64_t>(n, 3)) : dice.below(n))]);
  }
  return found;
}

bool Maker::add_control(Block &block, Values &values, int depth) {
  std::vector<size_t> inits;
  for (int64_t n = dice.between(1, 3); n > 0; --n) inits.push_back(any(values));
  Values carried;
  std::string names;
  for (size_t init : inits) {
    carried.push_back(values[init]);
    names += " " + t(init);
  }
  // Bodies are made on the variables' values of now; what making them assigns is undone, because they run again at
  // once.
  std::vector<Tensor> saved;
  for (const Variable &variable : state.variables) saved.push_back(variable.read());
  auto undo = [&] {
    for (size_t i = 0; i < saved.size(); ++i) state.variables[i].assign(saved[i]);
  };
  auto gather = [inits](const Values &v) {
    Values out;
    for (size_t init : inits) out.push_back(v[init]);
    return out;
  };
  auto body = [&](const Values &parameters) {
    auto inner = std::make_shared<Block>();
    Values local = values;
    local.insert(local.end(), parameters.begin(), parameters.end());
    grow(*inner, local, static_cast<int>(dice.between(1, 5)), depth + 1);
    inner->results = of_types(local, carried);
    undo();
    return inner;
  };
  int64_t kind = dice.below(4);
  if (kind == 0) {
    auto yes = body({}), no = body({});
    auto pred = like(values, [](const Tensor &v) { return v.dtype() == boolean && v.rank() == 0; });
    if (!pred) {
      auto number = like(values, [](const Tensor &v) { return v.dtype() != boolean && v.size() > 0; });
      if (!number) return false;
      add(block, values, "sum(" + t(*number) + ") > 0",
          [number = *number](const Values &v, State &) { return Values{reduce_sum(v[number]) > 0}; });
      pred = values.size() - 1;
      // The branches were made before this value; their own values are numbered from here on.
      yes = body({}), no = body({});
    }
    return add(block, values, "cond(" + t(*pred) + ")",
               [pred = *pred, yes, no](const Values &v, State &s) {
                 return cond(v[pred], [&] { return yes->run(v, s); }, [&] { return no->run(v, s); });
               },
               {yes, no});
  }
  if (kind == 1) {
    int64_t trips = dice.below(4);
    Values parameters{constant(int64_t{0})};
    parameters.insert(parameters.end(), carried.begin(), carried.end());
    auto inner = body(parameters);
    return add(block, values, "for_range(0, " + std::to_string(trips) + "," + names + ")",
               [trips, inner, gather](const Values &v, State &s) {
                 return for_range(0, trips, gather(v), [&](Tensor i, const Values &now) {
                   Values local = v;
                   local.push_back(i);
                   local.insert(local.end(), now.begin(), now.end());
                   return inner->run(local, s);
                 });
               },
               {inner});
  }
  if (kind == 2) {
    int trips = static_cast<int>(dice.below(4));
    Values parameters{constant(0)};
    parameters.insert(parameters.end(), carried.begin(), carried.end());
    auto inner = body(parameters);
    return add(block, values, "while(i < " + std::to_string(trips) + "," + names + ")",
               [trips, inner, gather](const Values &v, State &s) {
                 Values init{constant(0)};
                 for (Tensor &value : gather(v)) init.push_back(value);
                 return while_loop([&](const Values &now) { return now[0] < trips; },
                                   [&](const Values &now) {
                                     Values local = v;
                                     local.insert(local.end(), now.begin(), now.end());
                                     Values next{now[0] + 1};
                                     for (Tensor &value : inner->run(local, s)) next.push_back(value);
                                     return next;
                                   },
                                   init);
               },
               {inner});
  }
  auto xs = like(values, [](const Tensor &v) { return v.rank() > 0 && v.shape()[0] > 0 && v.shape()[0] < 8; });
  if (!xs) return false;
  Values parameters = carried;
  parameters.push_back(values[*xs][0]);
  auto inner = body(parameters);
  size_t shown = inner->results[0];
  inner->results.push_back(shown);
  return add(block, values, "scan(" + t(*xs) + "," + names + ")",
             [xs = *xs, inner, gather](const Values &v, State &s) {
               auto [last, all] = scan(
                   [&](const Values &now, const Tensor &x) {
                     Values local = v;
                     local.insert(local.end(), now.begin(), now.end());
                     local.push_back(x);
                     Values next = inner->run(local, s);
                     Tensor y = next.back();
                     next.pop_back();
                     return std::pair{next, y};
                   },
                   gather(v), v[xs]);
               Values out = last;
               out.push_back(all);
               return out;
             },
             {inner});
}

}  // namespace random_program
