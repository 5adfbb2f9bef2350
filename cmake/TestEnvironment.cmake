# Read by ctest before it runs the tests: what all of them find in their environment.
set(ENV{ETCH_CACHE} 0)
