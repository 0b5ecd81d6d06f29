// Reading CSV (RFC 4180): a record may go over several lines, so lines are not rows.

/** Return the records of a CSV text; the last one is incomplete where the text was cut. */
export function parseCsv(text, separator = ",") {
  const records = [];
  const field = new RegExp(
    `(?:"([^"]*(?:""[^"]*)*)(?:"|$)|([^${separator}\\r\\n]*))(${separator}|\\r\\n|\\n|\\r|$)`,
    "y",
  );
  const body = text.replace(/^\uFEFF/, "");
  let record = [];
  while (field.lastIndex < body.length) {
    const [whole, quoted, plain, end] = field.exec(body) ?? [""];
    if (whole === "") break;
    record.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === separator) continue;
    records.push(record);
    record = [];
  }
  // The text ended behind a separator, so its last field is empty.
  if (record.length > 0) records.push([...record, ""]);
  return records;
}

/** Return the separator of a file by its type, or null where it is no table. */
export const separatorOf = ({ filetype }) => ({ csv: ",", tsv: "\t" })[filetype] ?? null;
