# Read by ctest before it runs the tests: what all of them find in their environment.
set(ENV{ETCH_CACHE} 0)
set(ENV{ETCH_KERNEL_PACK} "")
