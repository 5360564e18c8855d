// What headers are precompiled for: see DoublecheckBuild.cmake.
int main() {}
