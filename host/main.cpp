#include "cli/commands.hpp"

int main(int argc, char** argv) { return patchbay::cli::main(argc, argv); }
