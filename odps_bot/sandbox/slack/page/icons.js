// Line icons of the page's own controls, 20 by 20.
import { svg } from "./dom.js";

const PATHS = {
  archive: "M3 5h14v3H3zM4.5 8v8h11V8M8 11h4",
  arrow: "M4 10h12M11 5l5 5-5 5",
  back: "M16 10H4M9 5l-5 5 5 5",
  check: "M4 10.5l4 4 8-9",
  chevron: "M6 8l4 4 4-4",
  close: "M5 5l10 10M15 5L5 15",
  download: "M10 3v10M6 9.5l4 4 4-4M4 17h12",
  eye: "M2 10s3-5.5 8-5.5S18 10 18 10s-3 5.5-8 5.5S2 10 2 10zM10 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  file: "M5 2.5h6.5L15 6v11.5H5zM11 2.5V6.5h4",
  hash: "M7.5 3.5l-1.5 13M14 3.5l-1.5 13M3.5 7.5h13.5M3 12.5h13.5",
  lock: "M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  refresh: "M16 10a6 6 0 1 1-2-4.5M16 2.5V6h-3.5",
  reply: "M3 4h14v10H9l-4 3v-3H3z",
  send: "M3 10l14-6-5 13-3-5.5z",
  sort: "M6 8l4-4 4 4M6 12l4 4 4-4",
  traffic: "M3 7h12M12 4l3 3-3 3M17 13H5M8 10l-3 3 3 3",
  try: "M10 2.5l2.200 4.900 5.300.6-3.900 3.600 1 5.200L10 14.200l-4.600 2.600 1-5.200L2.5 8l5.300-.6z",
};

/** Return the icon of this name as an SVG element. */
export function icon(name, className = "") {
  return svg("0 0 20 20", `icon icon-${name} ${className}`.trim(), ["path", { d: PATHS[name] }]);
}
