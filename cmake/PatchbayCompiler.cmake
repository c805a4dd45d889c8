# Flags for our own code, as the target patchbay_options. GCC 12 and clang 14 must both be clean.
add_library(patchbay_options INTERFACE)
target_compile_options(patchbay_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 at -O2 sees overlaps in std::string that are not there (GCC bug 105651).
  target_compile_options(patchbay_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
  # It also calls a member missing that a designated initialiser leaves to its default, which is their purpose.
  target_compile_options(patchbay_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-missing-field-initializers>)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND PATCHBAY_SANITIZE MATCHES "thread")
  # Asio's fences are beside its mutexes, so that TSan, which knows no fence, misses nothing.
  target_compile_options(patchbay_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-tsan>)
endif()
# PATCHBAY_TRY is a GNU statement expression, which both compilers know.
target_compile_options(patchbay_options INTERFACE
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:Clang>>:-Wno-gnu-statement-expression>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:Clang>>:-Wno-gnu-zero-variadic-macro-arguments>)
# clang 14 does not tell Asio that it has coroutines.
target_compile_definitions(patchbay_options INTERFACE $<$<CXX_COMPILER_ID:Clang>:BOOST_ASIO_HAS_CO_AWAIT>)
if(PATCHBAY_SANITIZE)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # With its instrumentation GCC 12 no longer sees that std::regex sets what it reads (GCC bug 105562).
    target_compile_options(patchbay_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized>)
  endif()
  add_compile_options(-fsanitize=${PATCHBAY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PATCHBAY_SANITIZE})
  add_compile_definitions(PATCHBAY_SANITIZED)  # they reserve more addresses than any limit of memory allows
endif()
if(PATCHBAY_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
add_link_options(-Wl,-z,relro,-z,now)
