#include "progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

Progress::Progress(int64_t epochs, int64_t steps_per_epoch)
    : epochs_(epochs), steps_per_epoch_(steps_per_epoch), is_terminal_(isatty(STDOUT_FILENO)) {}

double Progress::seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

void Progress::step(double loss, double accuracy) {
  const int64_t epoch = done_ / steps_per_epoch_ + 1, in_epoch = done_++ % steps_per_epoch_ + 1;
  // Over about the last 100 steps of this epoch.
  const double weight = 1.0 / static_cast<double>(std::min<int64_t>(in_epoch, 100));
  loss_ += weight * (loss - loss_);
  accuracy_ += weight * (accuracy - accuracy_);
  const bool epoch_ends = in_epoch == steps_per_epoch_;
  if (is_terminal_) {
    if (!epoch_ends && Clock::now() - drawn_ < std::chrono::milliseconds(50)) return;
    drawn_ = Clock::now();
    draw(epoch, in_epoch);
    if (epoch_ends) std::puts("");
  } else if (epoch_ends || in_epoch % std::max<int64_t>(1, (steps_per_epoch_ + 3) / 4) == 0) {
    draw(epoch, in_epoch);
    std::puts("");
  }
  std::fflush(stdout);
}

void Progress::draw(int64_t epoch, int64_t in_epoch) {
  const double left = seconds() / static_cast<double>(done_) * static_cast<double>(epochs_ * steps_per_epoch_ - done_);
  if (is_terminal_) std::printf("\r\033[K");
  std::printf("epoch %lld/%lld ", static_cast<long long>(epoch), static_cast<long long>(epochs_));
  if (is_terminal_) {
    constexpr int kWidth = 24;
    const int filled = static_cast<int>(in_epoch * kWidth / steps_per_epoch_);
    std::printf("[%s%s] ", std::string(static_cast<size_t>(filled), '=').c_str(),
                std::string(static_cast<size_t>(kWidth - filled), ' ').c_str());
  }
  std::printf("step %*lld/%lld  loss %.4f  accuracy %.4f  ETA %.0f s",
              static_cast<int>(std::to_string(steps_per_epoch_).size()), static_cast<long long>(in_epoch),
              static_cast<long long>(steps_per_epoch_), loss_, accuracy_, left);
}
