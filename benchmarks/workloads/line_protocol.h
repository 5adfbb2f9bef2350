#pragma once
// How the comparison talks to an implementation: a line in, a line out.
//
//     prepare FOLDER JSON     reads the inputs FOLDER/in_0.npy, ... of one workload (JSON: its entry in the table) and
//     makes
//                             it ready: "ok", or "skip why"
//     check STEPS FOLDER      runs so many steps and writes the results of each: FOLDER/out_0.npy, ...: "ok number"
//     sample STEPS            runs so many steps: "ok seconds"
//     memory                  "ok kilobytes": the most that was ever resident
//     plan FOLDER JSON        prepares as above: "ok bytes" that a step needs by its plan besides what it is given and
//                             what it updates, or "skip why"
//
// The first line, unasked, is "ok name and version". What fails answers "error why". One workload is ready at a time;
// the next `prepare` replaces it.

#include <chrono>
#include <exception>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>

namespace etch::bench {

inline double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// "VmHWM" or another line of /proc/self/status that counts kilobytes.
inline long status_kilobytes(const std::string &name) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name + ":")) return std::stol(line.substr(name.size() + 1));
  return 0;
}

/// The value of a string in a flat part of JSON that we wrote ourselves: string_in(json, "name").
inline std::string string_in(const std::string &json, const std::string &key) {
  const std::string quoted = "\"" + key + "\": \"";
  const size_t start = json.find(quoted);
  if (start == std::string::npos) return {};
  return json.substr(start + quoted.size(), json.find('"', start + quoted.size()) - start - quoted.size());
}

/// The same for a number: 0 where there is none.
inline long integer_in(const std::string &json, const std::string &key) {
  const size_t start = json.find("\"" + key + "\": ");
  return start == std::string::npos ? 0 : std::strtol(json.c_str() + start + key.size() + 4, nullptr, 10);
}

/// Answers lines until the input ends. `handle` gets the command and a stream with the rest of the line, and returns
/// the answer; what it throws becomes "error why".
inline void serve(const std::function<std::string(const std::string &, std::istringstream &)> &handle) {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command, answer;
    words >> command;
    try {
      answer = command == "memory" ? "ok " + std::to_string(status_kilobytes("VmHWM")) : handle(command, words);
    } catch (const std::exception &error) {
      answer = std::string("error ") + error.what();
    }
    for (char &c : answer)
      if (c == '\n') c = ' ';
    std::cout << answer << std::endl;
  }
}

}  // namespace etch::bench
