# How every room is built: compiler settings, dependencies, and the functions `dc_layer` and `dc_protobuf`.

option(DC_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(DC_PRECOMPILE "Parse the headers that most files include once" ON)
option(DC_UNITY "Compile the files of a large library several at a time: a clean build takes less, an edit more" OFF)
option(DC_STATIC "Link no shared library, so that the program runs on any Linux of its architecture" OFF)
option(DC_FUZZ "Instrument for libFuzzer and build the targets in fuzz/" OFF)

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# CMake's own is -O3, which takes longer to compile.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

find_program(DC_CCACHE ccache)
if(DC_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
      "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
      "CCACHE_SLOPPINESS=pch_defines,time_macros" "${DC_CCACHE}")
endif()

add_library(dc_options INTERFACE)
target_include_directories(dc_options INTERFACE "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/generated")
target_compile_options(dc_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports uses of std::optional and std::variant that cannot happen (GCC bugs 80635, 105562).
  target_compile_options(dc_options INTERFACE -Wno-maybe-uninitialized -Wno-restrict)
  # And, once it has inlined, overflows of string constants and of small buffers (GCC bugs 105329, 105651).
  target_compile_options(dc_options INTERFACE
    $<$<CONFIG:Release>:-Wno-array-bounds> $<$<CONFIG:Release>:-Wno-stringop-overflow>
    $<$<CONFIG:Release>:-Wno-stringop-overread>)
endif()

if(DC_SANITIZE)
  set(dc_sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_compile_options(${dc_sanitizers})
  add_link_options(${dc_sanitizers})
  # Line tables are all a sanitizer report needs, and full debug information doubles link time.
  add_compile_options($<$<CONFIG:Debug>:-g1>)
endif()
if(DC_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link -O1)
endif()
# The linker is most of what an edit costs: lld takes a fraction of the time of GNU's. GCC looks for it by the name
# ld.lld, in the folders that it is given.
find_program(DC_LLD NAMES ld.lld HINTS /usr/lib/llvm-19/bin)
if(DC_LLD)
  cmake_path(GET DC_LLD PARENT_PATH dc_lld_folder)
  add_link_options(-fuse-ld=lld "-B${dc_lld_folder}")
endif()

if(DC_STATIC)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
  set(OPENSSL_USE_STATIC_LIBS ON)
  set(ZLIB_USE_STATIC_LIBS ON)
  set(Protobuf_USE_STATIC_LIBS ON)
  add_link_options(-static)
endif()

find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Protobuf REQUIRED)
find_package(fmt REQUIRED)
# Debian has no static library of it.
set(DC_FMT fmt::fmt)
if(DC_STATIC)
  set(DC_FMT fmt::fmt-header-only)
endif()
find_package(PkgConfig REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
find_package(Python3 COMPONENTS Interpreter REQUIRED)

enable_testing()
find_package(GTest REQUIRED)

# Two sets of headers, of the standard library and of nlohmann's JSON, parsed once each: for libraries, and for
# tests and other executables, which are compiled with other flags and with GoogleTest. A convenience of the
# build: with -DDC_PRECOMPILE=OFF every file says what it includes.
if(DC_PRECOMPILE)
  set(dc_common_headers <algorithm> <array> <chrono> <cstdint> <deque> <expected> <fstream> <functional> <map>
      <memory> <optional> <set> <span> <sstream> <stdexcept> <string> <string_view> <utility> <variant> <vector>
      <nlohmann/json.hpp>)
  add_library(dc_precompiled OBJECT "${CMAKE_CURRENT_LIST_DIR}/empty.cc")
  target_precompile_headers(dc_precompiled PRIVATE ${dc_common_headers})
  add_executable(dc_test_precompiled "${CMAKE_CURRENT_LIST_DIR}/empty.cc")
  target_link_libraries(dc_test_precompiled PRIVATE GTest::gmock GTest::gtest_main)
  target_precompile_headers(dc_test_precompiled PRIVATE
    ${dc_common_headers} <gmock/gmock.h> <gtest/gtest.h>)
  foreach(target dc_precompiled dc_test_precompiled)
    target_link_libraries(${target} PRIVATE dc_options)
  endforeach()
  # Clang would put the time of the build into the file, which no cache can find again.
  target_compile_options(dc_options INTERFACE $<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>)
endif()

# dc_precompile(target dc_precompiled|dc_test_precompiled)
function(dc_precompile target headers)
  if(DC_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${headers})
  endif()
endfunction()

# dc_unity(target...): with DC_UNITY, the files of these are compiled several at a time. So no two files of one target
# may give something in an anonymous namespace the same name.
function(dc_unity)
  set_target_properties(${ARGN} PROPERTIES UNITY_BUILD ${DC_UNITY} UNITY_BUILD_BATCH_SIZE 8)
endfunction()

# dc_test(NAME name SOURCES file... DEPENDS target... [LABELS label...]): one GoogleTest executable,
# registered with CTest under its own name.
function(dc_test)
  cmake_parse_arguments(arg "" "NAME" "SOURCES;DEPENDS;LABELS" ${ARGN})
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE dc_options ${arg_DEPENDS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${arg_NAME} PRIVATE DC_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  dc_precompile(${arg_NAME} dc_test_precompiled)
  add_test(NAME ${arg_NAME} COMMAND ${arg_NAME})
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  set_tests_properties(${arg_NAME} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 900)
endfunction()

# dc_layer(folder [DEPENDS target...] [TEST_DEPENDS target...]): the library `<room>_<folder>` made of the
# .cc files of that folder, and the unit test `<room>_<folder>_test` made of its *_test.cc files and of
# what these share, test_*.cc.
function(dc_layer folder)
  cmake_parse_arguments(arg "" "" "DEPENDS;TEST_DEPENDS" ${ARGN})
  set(directory "${CMAKE_CURRENT_SOURCE_DIR}/${folder}")
  file(RELATIVE_PATH name "${CMAKE_SOURCE_DIR}" "${directory}")
  string(REPLACE "/" "_" name "${name}")
  file(GLOB sources CONFIGURE_DEPENDS "${directory}/*.cc")
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/test_[^/]*)\\.cc$")
  list(FILTER tests INCLUDE REGEX "(_test|/test_[^/]*)\\.cc$")
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PRIVATE dc_options PUBLIC ${arg_DEPENDS})
    dc_precompile(${name} dc_precompiled)
    set(test_depends ${name})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${arg_DEPENDS})
    set(test_depends ${name})
  endif()
  if(tests AND NOT DC_FUZZ)
    dc_test(NAME ${name}_test SOURCES ${tests} DEPENDS ${test_depends} ${arg_TEST_DEPENDS})
  endif()
endfunction()

# dc_protobuf(target file.proto...): the generated messages of these files, as a library. Only .cc files include
# the generated headers, as "<room>/<folder>/<file>.pb.h".
function(dc_protobuf target)
  set(outputs)
  foreach(proto IN LISTS ARGN)
    file(RELATIVE_PATH path "${CMAKE_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}/${proto}")
    string(REGEX REPLACE "\\.proto$" "" stem "${path}")
    add_custom_command(
      OUTPUT "${CMAKE_BINARY_DIR}/generated/${stem}.pb.cc" "${CMAKE_BINARY_DIR}/generated/${stem}.pb.h"
      COMMAND "${CMAKE_COMMAND}" -E make_directory "${CMAKE_BINARY_DIR}/generated"
      COMMAND protobuf::protoc "--proto_path=${CMAKE_SOURCE_DIR}" "--cpp_out=${CMAKE_BINARY_DIR}/generated" "${path}"
      WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
      DEPENDS "${CMAKE_SOURCE_DIR}/${path}"
      COMMENT "protoc ${path}")
    list(APPEND outputs "${CMAKE_BINARY_DIR}/generated/${stem}.pb.cc")
  endforeach()
  add_library(${target} STATIC ${outputs})
  target_include_directories(${target} SYSTEM PUBLIC "${CMAKE_BINARY_DIR}/generated")
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf-lite)
endfunction()
