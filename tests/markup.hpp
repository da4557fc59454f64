// Whether a text is well-formed markup, and what is in it.
#pragma once

#include <cctype>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace test {

/// What keeps a text from being well-formed XML, or nothing. Of a page the doctype is skipped.
inline std::string fault_of_markup(std::string_view text) {
  std::vector<std::string> open;
  bool had_root = false;
  const auto entity_fault = [](std::string_view content) -> std::string {
    for (std::size_t at = content.find('&'); at != content.npos; at = content.find('&', at + 1)) {
      const std::string_view name = content.substr(at, content.find(';', at) - at + 1);
      bool known = false;
      for (const char* each : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}) known |= name == each;
      if (!known) return "entity " + std::string(content.substr(at, 12));
    }
    for (const char c : content)
      if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t')
        return "a control character";
    return "";
  };
  if (text.starts_with("<!DOCTYPE html>")) text.remove_prefix(15);
  while (!text.empty()) {
    const std::size_t start = text.find('<');
    const std::string_view content = text.substr(0, start);
    if (std::string fault = entity_fault(content); !fault.empty()) return fault;
    const bool blank = content.find_first_not_of(" \n") == content.npos;
    if (open.empty() && !blank) return "text outside of the root: " + std::string(content);
    if (start == text.npos) break;
    text.remove_prefix(start + 1);
    std::size_t at = 0;
    const auto name = [&] {
      const std::size_t from = at;
      while (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 ||
                                  text[at] == '-' || text[at] == ':'))
        ++at;
      return std::string(text.substr(from, at - from));
    };
    if (text.starts_with("/")) {
      at = 1;
      const std::string element = name();
      if (open.empty() || open.back() != element) return "the end of " + element;
      if (at >= text.size() || text[at] != '>') return "no > after " + element;
      open.pop_back();
      text.remove_prefix(at + 1);
      continue;
    }
    const std::string element = name();
    if (element.empty()) return "a < without a name";
    if (open.empty() && had_root) return "a second root";
    had_root = true;
    std::set<std::string> attributes;
    while (at < text.size() && text[at] == ' ') {
      ++at;
      const std::string attribute = name();
      if (attribute.empty()) return "no attribute in " + element;
      if (!attributes.insert(attribute).second) return "twice " + attribute;
      if (text.substr(at, 2) != "=\"") return "no value of " + attribute;
      const std::size_t end = text.find('"', at + 2);
      if (end == text.npos) return "no end of " + attribute;
      const std::string_view value = text.substr(at + 2, end - at - 2);
      if (value.find('<') != value.npos) return "a < in " + attribute;
      if (std::string fault = entity_fault(value); !fault.empty()) return fault;
      at = end + 1;
    }
    const bool closed = text.substr(at, 2) == "/>";
    if (closed) ++at;
    if (at >= text.size() || text[at] != '>') return "no > of " + element;
    if (!closed) open.push_back(element);
    text.remove_prefix(at + 1);
  }
  if (!open.empty()) return "no end of " + open.back();
  return had_root ? "" : "no element";
}

/// How often a part is in a text.
inline std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

}  // namespace test
