#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <ridge/core/csv.hpp>
#include <ridge/plot/ticks.hpp>

// What all pictures are made of: text, colors, dashes, markers, and the frame of an SVG.
namespace ridge::detail {

/// The bytes of one UTF-8 sequence at the beginning of a text, or 0 if it has none there.
inline std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t k = 1; k < length; ++k)
    if ((byte(k) & 0xc0) != 0x80) return 0;
  const unsigned second = byte(1);  // neither too long a form, nor a surrogate, nor above U+10FFFF
  const bool bad = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                   (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
  return bad ? 0 : length;
}

/// Text as XML and HTML take it, in content and in attributes. What is no UTF-8, or a control
/// character that XML has not, becomes U+FFFD.
inline std::string escape_markup(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const char c = text[0];
    const bool control = static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t';
    const bool no_character = text.starts_with("\xef\xbf\xbe") || text.starts_with("\xef\xbf\xbf");
    if (length == 0 || control || no_character)
      out += "\xef\xbf\xbd";
    else if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else
      out.append(text.substr(0, length));
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

/// A coordinate or a length: two decimals are finer than any screen.
inline std::string coordinate(double value) { return without_zeros(fixed(value, 2)); }

/// A number for people.
inline std::string short_number(double value) { return csv_field(value, 4); }

/// All pictures are so wide, in units that are pixels on a phone of that width: there the letters
/// are as large as the page's.
inline constexpr double picture_width = 360, font_size = 13, line_height = 17;

/// About how wide a text is. Fonts differ; this is on the wide side.
inline double text_width(std::string_view text, double size = font_size) {
  const auto letters = std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  });
  return 0.6 * size * static_cast<double>(letters);
}

/// A text in lines that are not wider than so much, broken between words where possible.
inline std::vector<std::string> wrapped(std::string_view text, double width,
                                        double size = font_size) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (word.empty()) continue;
    if (!line.empty() && text_width(line, size) + text_width(word, size) + size > width) {
      lines.push_back(line);
      line.clear();
    }
    line.append(line.empty() ? "" : " ").append(word);
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

/// Colors by Okabe and Ito (2008), which people tell apart whatever their sight; dashes and markers
/// differ as well. In the dark each has another of these colors, a brighter one.
inline constexpr std::size_t color_count = 7;
inline constexpr std::array<const char*, 5> dashes{"", "7 3", "2 3", "9 3 2 3", "5 2 1 2 1 2"};
inline constexpr std::size_t marker_count = 6;

/// The style of every picture. Pictures on one page share it: it is the same in each.
inline constexpr std::string_view picture_style =
    "<style>.rp-bg{fill:#fff}.rp-text{fill:#1b1b1b;font-family:system-ui,-apple-system,'Segoe UI',"
    "Roboto,Arial,sans-serif;font-size:13px}.rp-title{font-size:14px;font-weight:600}"
    ".rp-small{font-size:12.6px}.rp-axis{stroke:#666;fill:none}.rp-grid{stroke:#ddd;fill:none}"
    ".rp-rule{stroke:#1b1b1b;stroke-width:1.5;fill:none}.rp-line{stroke:currentColor;"
    "stroke-width:2;fill:none;stroke-linejoin:round}.rp-error{stroke:currentColor;fill:none}"
    ".rp-mark{fill:currentColor;stroke:#fff}.rp-cross{stroke:currentColor;stroke-width:2;"
    "fill:none}.rp-bar{fill:currentColor;fill-opacity:.45;stroke:currentColor}"
    ".rp-cell{fill:currentColor}.rp-over{fill:#fff}"
    ".rp-0{color:#0072b2}.rp-1{color:#d55e00}.rp-2{color:#009e73}.rp-3{color:#cc79a7}"
    ".rp-4{color:#333}.rp-5{color:#e69f00}.rp-6{color:#56b4e9}"
    "@media(prefers-color-scheme:dark){.rp-bg{fill:#1b1b1b}.rp-text{fill:#eee}"
    ".rp-axis{stroke:#999}.rp-grid{stroke:#3d3d3d}.rp-rule{stroke:#eee}.rp-mark{stroke:#1b1b1b}"
    ".rp-over{fill:#fff}.rp-line.rp-0,.rp-0{color:#56b4e9}.rp-1{color:#e69f00}"
    ".rp-4{color:#eee}.rp-5{color:#f0e442}.rp-6{color:#d55e00}.rp-cell.rp-0{color:#0072b2}"
    ".rp-cell.rp-1{color:#d55e00}}</style>";

/// The elements of a picture, as they are put one onto another.
class Svg {
 public:
  enum class Anchor { start, middle, end };

  void text(double x, double y, std::string_view content, Anchor anchor = Anchor::start,
            std::string_view style = "") {
    out_.append("<text class=\"rp-text").append(style.empty() ? "" : " ").append(style);
    out_.append("\" x=\"").append(coordinate(x)).append("\" y=\"").append(coordinate(y));
    if (anchor != Anchor::start)
      out_.append("\" text-anchor=\"").append(anchor == Anchor::middle ? "middle" : "end");
    out_.append("\">").append(escape_markup(content)).append("</text>");
  }

  /// A text in lines, each below the one before.
  /// @return where the next line would stand
  double text(double x, double y, const std::vector<std::string>& lines,
              Anchor anchor = Anchor::start, std::string_view style = "") {
    for (const std::string& line : lines) {
      text(x, y, line, anchor, style);
      y += line_height;
    }
    return y;
  }

  void path(std::string_view style, std::string_view data, std::string_view dash = "") {
    out_.append("<path class=\"").append(style).append("\" d=\"").append(data);
    if (!dash.empty()) out_.append("\" stroke-dasharray=\"").append(dash);
    out_.append("\"/>");
  }

  void rectangle(std::string_view style, double x, double y, double width, double height,
                 double opacity = 1) {
    out_.append("<rect class=\"").append(style).append("\" x=\"").append(coordinate(x));
    out_.append("\" y=\"").append(coordinate(y)).append("\" width=\"").append(coordinate(width));
    out_.append("\" height=\"").append(coordinate(height));
    if (opacity < 1) out_.append("\" fill-opacity=\"").append(coordinate(opacity));
    out_.append("\"/>");
  }

  /// The marker of the k-th series.
  void marker(std::size_t k, double x, double y) {
    constexpr std::array<const char*, marker_count> shapes{
        "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z",
        "m-3.3-3.3h6.6v6.6h-6.6z",
        "m0-4.4l4.4 7.6h-8.8z",
        "m0-4.8l4.8 4.8l-4.8 4.8l-4.8-4.8z",
        "m0 4.4l4.4-7.6h-8.8z",
        "m-3.4-3.4l6.8 6.8m0-6.8l-6.8 6.8"};
    const std::size_t shape = k % marker_count;
    path(shape == 5 ? "rp-cross" : "rp-mark", place("M", x, y) + shapes[shape]);
  }

  /// What follows, up to `end_group`, has the color of the k-th series.
  void begin_group(std::size_t k) {
    out_.append("<g class=\"rp-").append(std::to_string(k % color_count)).append("\">");
  }
  void end_group() { out_ += "</g>"; }

  static std::string place(const char* command, double x, double y) {
    return command + coordinate(x) + "," + coordinate(y);
  }
  static std::string segment(double x1, double y1, double x2, double y2) {
    return place("M", x1, y1) + place("L", x2, y2);
  }

  /// The whole picture, as wide as its place, up to what is good to read.
  std::string finish(std::string_view title, std::string_view description, double height) const {
    const std::string box = coordinate(picture_width) + " " + coordinate(height);
    std::string all = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + box +
                      "\" width=\"100%\" style=\"max-width:600px\" role=\"img\" aria-label=\"";
    all += escape_markup(title.empty() ? description : title);
    all += "\"><title>" + escape_markup(title) + "</title><desc>" + escape_markup(description) +
           "</desc>";
    all.append(picture_style);
    all += "<rect class=\"rp-bg\" width=\"" + coordinate(picture_width) + "\" height=\"" +
           coordinate(height) + "\"/>";
    return all + out_ + "</svg>\n";
  }

 private:
  std::string out_;
};

}  // namespace ridge::detail
