#include "harness.h"

#include <time.h>

#include <algorithm>
#include <iostream>

namespace etch::bench {

double median(std::vector<double> values) {
  auto middle = values.begin() + static_cast<long>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double Bench::now() const {
  timespec time;
  clock_gettime(settings_.threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

namespace {

double sample(const Bench &bench, Body body, long count) {
  const double start = bench.now();
  for (long i = 0; i < count; ++i) body();
  return (bench.now() - start) / static_cast<double>(count);
}

// How often to repeat the body in a sample.
long calibrate(const Bench &bench, Body body) {
  body();  // the first call may compile
  for (long count = 1;; count *= 4) {
    const double seconds = sample(bench, body, count) * static_cast<double>(count);
    const double wanted = bench.settings().sample_seconds;
    if (seconds >= wanted / 8 || count > 100'000'000)
      return std::max<long>(1, static_cast<long>(static_cast<double>(count) * wanted / std::max(seconds, 1e-9)));
  }
}

}  // namespace

double Bench::time(Body body) const {
  const long count = calibrate(*this, body);
  std::vector<double> seconds;
  for (int i = 0; i < settings_.samples; ++i) seconds.push_back(sample(*this, body, count));
  return median(seconds);
}

Bench::Pair Bench::time(Body body, Body reference) const {
  const long count = calibrate(*this, body), reference_count = calibrate(*this, reference);
  std::vector<double> seconds, reference_seconds, ratios;
  for (int i = 0; i < settings_.samples; ++i) {
    seconds.push_back(sample(*this, body, count));
    reference_seconds.push_back(sample(*this, reference, reference_count));
    ratios.push_back(seconds.back() / reference_seconds.back());
  }
  return {median(seconds), median(reference_seconds), median(ratios)};
}

double Bench::time_once(detail::FunctionRef<void(int)> body, int warm_up, int samples) const {
  std::vector<double> seconds;
  if (samples == 0 || settings_.smoke) samples = settings_.samples;
  if (settings_.smoke) warm_up = 0;
  for (int i = 0; i < warm_up + samples; ++i) {
    const double start = now();
    body(i);
    if (i >= warm_up) seconds.push_back(now() - start);
  }
  return median(seconds);
}

void Bench::begin_topic(std::string topic) {
  topic_ = std::move(topic);
  std::cout << "\n" << topic_ << "\n";
}

void Bench::add(Figure figure) {
  figure.topic = topic_;
  if (figure.judged_name.empty()) figure.judged = figure.value;
  write_line(std::cout, figure);
  report_.figures.push_back(std::move(figure));
}

}  // namespace etch::bench
