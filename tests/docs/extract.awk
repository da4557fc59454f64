# Writes the C++ of a page of documents as sources that are compiled:
#
#   awk -v page=NAME -v out=FOLDER -f extract.awk NAME.md
#
# A block with `int main` is a program: NAME_programs.cpp has them all, as main_1, main_2, ... by their places on the page,
# and a main that runs the one whose number it is given. If the next block is ```text, the program must print that:
# NAME_2.txt. Everything else is a fragment, compiled and not run: NAME_fragments.cpp. Comments before a block say more:
#
#   <!-- context: C++ -->   what the block takes for granted beside context.hpp, as declarations
#   <!-- not run: why -->   a program that is compiled with the fragments
#   <!-- not compiled: why -->
#   <!-- after the program before -->   runs in that program's folder, after it
#
# The compiler names the page's own lines.
function finish_block(    scope) {
  ++block
  if (skipped) return
  is_whole = code ~ /(^|\n)int main\(/
  is_program = is_whole && !only_compiled
  expects = is_program ? page "_" block ".txt" : ""
  if (is_whole) {
    sub(/int main\(/, "int main_" block "(", code)
    sub(/}\n$/, "return 0; }\n", code)
    scope = code
  } else if (code ~ /(^|\n)(struct|class|template|static_assert|TEST_CASE|void)[ (<]/)
    scope = code
  else
    scope = "int block() {\n" code "return 0; }\n"
  scope = context_includes includes "namespace page_" page "_" block " {\n" \
    (is_whole ? "" : "using namespace docs;\n") context line_of_code scope "}\n"
  if (is_program) {
    programs = programs scope
    calls = calls "  if (number == " block ") return page_" page "_" block "::main_" block "();\n"
    list = list block (is_next ? " " first : "") "\n"
    if (!is_next) first = block
  } else
    fragments = fragments scope
}
/^```/ && in_block {
  if (in_block == "cpp") {
    finish_block()
    context = context_includes = only_compiled = skipped = is_next = ""
  } else if (in_block == "text" && expects) {
    printf "%s", code > (out "/" expects)
    close(out "/" expects)
    expects = ""
  }
  in_block = ""
  next
}
/^```/ {
  in_block = substr($0, 4)
  if (in_block == "") in_block = "other"
  if (in_block != "text") expects = ""
  code = includes = ""
  line_of_code = "#line " NR + 1 " \"" FILENAME "\"\n"
  next
}
in_block == "cpp" && /^#include/ { includes = includes $0 "\n"; code = code "\n"; next }
in_block { code = code $0 "\n"; next }
/^<!-- not run: / { only_compiled = 1; next }
/^<!-- not compiled: / { skipped = 1; next }
/^<!-- after the program before -->/ { is_next = 1; next }
/^<!-- context:/ {
  in_context = 1
  sub(/^<!-- context: ?/, "")
  context = context "#line " NR " \"" FILENAME "\"\n"
}
in_context {
  if (/-->/) in_context = 0
  sub(/ ?-->.*/, "")
  if (/^#include/)
    context_includes = context_includes $0 "\n"
  else
    context = context $0 "\n"
}
END {
  head = "#include \"context.hpp\"\n"
  printf "%s", head fragments > (out "/" page "_fragments.cpp")
  if (!calls) exit
  printf "%s", "#include <cstdlib>\n" programs \
    "int main(int count, char** arguments) {\n  const int number = count > 1 ? std::atoi(arguments[1]) : 0;\n" calls \
    "  return 2;\n}\n" > (out "/" page "_programs.cpp")
  printf "%s", list > (out "/" page "_programs.txt")  # "3", or "4 3" for what runs after 3, in its folder
}
