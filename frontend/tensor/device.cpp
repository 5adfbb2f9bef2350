#include "etch/device.h"

#include <algorithm>
#include <cctype>

#include "etch/detail/thread_state.h"
#include "etch/tensor.h"

namespace etch {

using detail::ThreadState;

std::string Device::name() const { return "cpu:" + std::to_string(index_); }

std::vector<Device> list_devices() { return {Device(Device::Kind::cpu, 0)}; }

namespace {

// In a thread's context: 0 where no device was asked for, else 1 + the position in list_devices().
uint64_t number_of(std::string_view name, Location at) {
  std::string wanted(name);
  std::transform(wanted.begin(), wanted.end(), wanted.begin(), [](unsigned char c) { return std::tolower(c); });
  if (wanted.find(':') == std::string::npos) wanted += ":0";
  const std::vector<Device> devices = list_devices();
  std::string names;
  for (size_t i = 0; i < devices.size(); ++i) {
    if (devices[i].name() == wanted) return i + 1;
    names += (names.empty() ? "" : ", ") + devices[i].name();
  }
  throw DeviceError("there is no device '" + std::string(name) + "'; this machine has " + names, at);
}

}  // namespace

namespace detail {

std::string device_text(uint64_t context) {
  const uint64_t number = (context & ThreadState::kDevice) >> ThreadState::kDeviceShift;
  return number == 0 ? "any" : list_devices()[number - 1].name();
}

}  // namespace detail

Device current_device() {
  const uint64_t number = (detail::thread_state.context & ThreadState::kDevice) >> ThreadState::kDeviceShift;
  return list_devices()[number == 0 ? 0 : number - 1];
}

DeviceScope::DeviceScope(std::string_view name, std::source_location at)
    : previous_(detail::thread_state.context & ThreadState::kDevice) {
  uint64_t &context = detail::thread_state.context;
  context = (context & ~ThreadState::kDevice) | number_of(name, at) << ThreadState::kDeviceShift;
}

DeviceScope::~DeviceScope() {
  uint64_t &context = detail::thread_state.context;
  context = (context & ~ThreadState::kDevice) | previous_;
}

Device Tensor::device() const {
  type();  // an empty handle is an error
  return list_devices()[0];
}

}  // namespace etch
