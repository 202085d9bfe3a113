const begin = '<!-- written by npm run bench -->';
const end = '<!-- until here -->';

/** Returns `page` with `text` in the place of what stands between its two marks. Throws where it does not have them. */
export function replaceMarked(page: string, text: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`the page has no '${begin}' with '${end}' behind it`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}
