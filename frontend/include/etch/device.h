#pragma once
// Devices: where tensors lie and functions run.

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace etch {

/// A processor with its memory. So far there is one: the host.
class Device {
 public:
  enum class Kind : uint8_t { cpu };

  Device() = default;
  Device(Kind kind, int index) : kind_(kind), index_(static_cast<uint8_t>(index)) {}
  Kind kind() const { return kind_; }
  /// Among devices of its kind.
  int index() const { return index_; }
  /// "cpu:0".
  std::string name() const;
  friend bool operator==(const Device &, const Device &) = default;

 private:
  Kind kind_ = Kind::cpu;
  uint8_t index_ = 0;
};

/// The devices of this machine that Etch can use.
///
///     for (const etch::Device &device : etch::list_devices()) std::cout << device.name() << '\n';   // cpu:0
std::vector<Device> list_devices();

/// The device of the innermost DeviceScope of this thread, else the first of list_devices().
Device current_device();

/// Puts what is computed in a block on a device. Scopes nest and belong to their thread. Functions keep a separate
/// trace for each device that is asked for, and one for where none is. Throws DeviceError, saying which devices there
/// are, for one that is not there.
///
///     etch::DeviceScope scope("cpu:0");   // or "cpu", the first of its kind
class DeviceScope {
 public:
  explicit DeviceScope(std::string_view name, std::source_location at = std::source_location::current());
  explicit DeviceScope(const Device &device, std::source_location at = std::source_location::current())
      : DeviceScope(device.name(), at) {}
  ~DeviceScope();
  DeviceScope(const DeviceScope &) = delete;
  DeviceScope &operator=(const DeviceScope &) = delete;

 private:
  uint64_t previous_;
};

}  // namespace etch
