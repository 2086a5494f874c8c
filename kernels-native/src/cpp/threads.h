// XLA's own pool of threads as the kernels see it. The caller takes tasks too, and waits for tasks rather than for
// threads: a pool that is busy elsewhere cannot hold it up.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "kernels.h"
#include "xla/ffi/api/ffi.h"

namespace vitreous {

class PoolThreads : public Threads {
 public:
  PoolThreads(xla::ffi::ThreadPool pool, int64_t most) : Threads{&PoolThreads::run_all}, pool_(pool), most_(most) {}

 private:
  struct Work {
    int64_t n;
    void (*task)(void*, int64_t);
    void* data;
    std::atomic<int64_t> next{0}, done{0};
    std::mutex mutex;
    std::condition_variable finished;

    // Takes tasks until there are none. A helper that comes too late takes none, and does not touch `data`.
    void help() {
      int64_t mine = 0;
      for (int64_t i = next.fetch_add(1); i < n; i = next.fetch_add(1), ++mine) task(data, i);
      if (mine && done.fetch_add(mine) + mine == n) {
        std::lock_guard<std::mutex> lock(mutex);
        finished.notify_all();
      }
    }
  };

  static void run_all(const Threads* self, int64_t n, void (*task)(void*, int64_t), void* data) {
    const auto* threads = static_cast<const PoolThreads*>(self);
    int64_t helpers = std::min(n, threads->pool_.num_threads()) - 1;
    if (threads->most_ > 0) helpers = std::min(helpers, threads->most_ - 1);
    if (helpers < 1) {
      for (int64_t i = 0; i < n; ++i) task(data, i);
      return;
    }
    auto work = std::make_shared<Work>();
    work->n = n;
    work->task = task;
    work->data = data;
    xla::ffi::ThreadPool pool = threads->pool_;
    for (int64_t i = 0; i < helpers; ++i) pool.Schedule([work] { work->help(); });
    work->help();
    std::unique_lock<std::mutex> lock(work->mutex);
    work->finished.wait(lock, [&] { return work->done.load() == n; });
  }

  xla::ffi::ThreadPool pool_;
  int64_t most_;
};

}  // namespace vitreous
