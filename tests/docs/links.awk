# Names relative links of documents that lead nowhere: awk -f links.awk README.md docs/*.md, from the project's folder.
# An anchor is a heading as GitHub makes it one: lower case, blanks as hyphens, without other signs.
function anchor_of(heading,    anchor) {
  anchor = tolower(heading)
  gsub(/[^a-z0-9 _-]/, "", anchor)
  gsub(/ /, "-", anchor)
  return anchor
}
function folder_of(path) { return path ~ /\// ? substr(path, 1, match(path, /\/[^\/]*$/)) : "" }
function resolved(path) {
  while (sub(/(^|\/)[^\/.][^\/]*\/\.\.\//, "/", path)) sub(/^\//, "", path)
  return path
}
function exists(path,    line, status) {
  if (path ~ /\/$/) path = path "."
  return system("test -e '" path "'") == 0
}
FNR == 1 { in_code = 0; pages[FILENAME] = 1 }
/^ *```/ { in_code = !in_code; next }
in_code { next }
/^#+ / {
  heading = $0
  sub(/^#+ /, "", heading)
  anchors[FILENAME "#" anchor_of(heading)] = 1
}
{
  text = $0
  while (match(text, /\]\([^) ]*\)/)) {
    link = substr(text, RSTART + 2, RLENGTH - 3)
    text = substr(text, RSTART + RLENGTH)
    if (link ~ /^[a-z]+:/) continue
    ++count
    links[count] = link
    from[count] = FILENAME
    place[count] = FILENAME ":" FNR
  }
}
END {
  for (k = 1; k <= count; ++k) {
    path = links[k]
    anchor = ""
    if (match(path, /#/)) {
      anchor = substr(path, RSTART + 1)
      path = substr(path, 1, RSTART - 1)
    }
    path = path == "" ? from[k] : resolved(folder_of(from[k]) path)
    if (!exists(path))
      wrong[k] = "there is no " path
    else if (anchor != "" && (path in pages) && !((path "#" anchor) in anchors))
      wrong[k] = path " has no heading for #" anchor
    if (k in wrong) {
      print place[k] ": " wrong[k]
      failed = 1
    }
  }
  if (count == 0) {
    print "no links were found"
    failed = 1
  }
  exit failed
}
