#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <ridge/io/png.hpp>
#include <ridge/plot/svg.hpp>

namespace ridge {

namespace detail {

/// Bytes as text (RFC 4648).
inline std::string base64(std::string_view bytes) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t k = 0; k < bytes.size(); k += 3) {
    const std::size_t count = std::min<std::size_t>(bytes.size() - k, 3);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (j < count ? static_cast<std::uint8_t>(bytes[k + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j)
      out += j <= count ? letters[group >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

inline constexpr std::string_view page_style =
    ":root{color-scheme:light dark}"
    "body{font-family:system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;line-height:1.45;"
    "max-width:78rem;margin:0 auto;padding:0 8px 2rem;background:#fff;color:#1b1b1b}"
    "h1{font-size:1.5rem;line-height:1.2}h2{font-size:1.2rem;margin-top:2rem}"
    ".plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));"
    "gap:1rem}.plots svg{display:block;height:auto}"
    ".images{display:grid;grid-template-columns:repeat(auto-fill,minmax(var(--size,4rem),1fr));"
    "gap:.5rem;margin:0;padding:0;list-style:none}"
    ".images img{width:100%;height:auto}img{image-rendering:pixelated;display:block}"
    "figure{margin:0}figcaption{font-size:.8rem;line-height:1.3;overflow-wrap:anywhere}"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}"
    "th,td{padding:.2rem .7rem .2rem 0;text-align:left;vertical-align:top}"
    "tbody tr{border-top:1px solid #ccc}"
    "@media(prefers-color-scheme:dark){body{background:#1b1b1b;color:#eee}"
    "tbody tr{border-color:#444}a{color:#8cc8ff}}";

}  // namespace detail

/// @name Parts of an HTML page
/// They are well-formed XML too. Text is escaped; what is called `html` is not.
/// @{

inline std::string html_paragraph(std::string_view text) {
  return "<p>" + detail::escape_markup(text) + "</p>\n";
}

/// A table; its first row and the first cell of each row are headings.
inline std::string html_table(const std::vector<std::vector<std::string>>& rows) {
  std::string out = "<div class=\"scroll\"><table>";
  for (std::size_t r = 0; r < rows.size(); ++r) {
    out += r == 0 ? "<thead>" : r == 1 ? "<tbody>" : "";
    out += "<tr>";
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      const std::string_view tag = r == 0 ? "th scope=\"col\"" : c == 0 ? "th scope=\"row\"" : "td";
      out.append("<").append(tag).append(">").append(detail::escape_markup(rows[r][c]));
      out.append("</").append(tag.substr(0, 2)).append(">");
    }
    out += "</tr>";
    if (r == 0) out += "</thead>";
  }
  if (rows.size() > 1) out += "</tbody>";
  return out + "</table></div>\n";
}

/// An image within the page itself, its pixels as large squares.
/// @param alternative what it shows, for people who do not see it; empty if the text around says it
/// @throws what `encode_png` throws
inline std::string html_image(const Image& image, std::string_view alternative) {
  return "<img width=\"" + std::to_string(image.width) + "\" height=\"" +
         std::to_string(image.height) + "\" alt=\"" + detail::escape_markup(alternative) +
         "\" src=\"data:image/png;base64," + detail::base64(encode_png(image)) + "\"/>";
}

/// Something with a caption below.
inline std::string html_figure(std::string_view html, std::string_view caption) {
  std::string out = "<figure>";
  out.append(html).append("<figcaption>").append(detail::escape_markup(caption));
  return out + "</figcaption></figure>\n";
}

/// Plots side by side, as many as have room.
inline std::string html_plots(const std::vector<std::string>& svgs) {
  std::string out = "<div class=\"plots\">\n";
  for (const std::string& svg : svgs) out += svg;
  return out + "</div>\n";
}

/// Images or figures in rows, each at least so wide, in rem (16 pixels).
inline std::string html_images(const std::vector<std::string>& images, int width = 4) {
  if (images.empty()) return "";
  std::string out = "<ul class=\"images\" style=\"--size:" + std::to_string(width) + "rem\">\n";
  for (const std::string& image : images) out.append("<li>").append(image).append("</li>\n");
  return out + "</ul>\n";
}
/// @}

/// An HTML page that needs no other file: for light and dark, for phones, without scripts.
///
///     Page page("A run");
///     page.section("Loss", plot.svg());
///     write_file("run.html", page.html());
class Page {
 public:
  explicit Page(std::string_view title) : title_(detail::escape_markup(title)) {}

  void section(std::string_view heading, std::string_view html) {
    body_.append("<section>\n<h2>").append(detail::escape_markup(heading)).append("</h2>\n");
    body_.append(html).append("</section>\n");
  }

  std::string html() const {
    std::string out = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n";
    out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>";
    out += title_ + "</title>\n<style>";
    out.append(detail::page_style).append("</style></head>\n<body><main>\n<h1>");
    return out + title_ + "</h1>\n" + body_ + "</main></body></html>\n";
  }

 private:
  std::string title_, body_;
};

}  // namespace ridge
