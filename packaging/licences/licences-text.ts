import type { Licensed } from './licensed.ts';

const rule = '-'.repeat(80);

/** Returns one text that names each of `all` above the texts of its licences; a text that several have is there once. `own` is the licence of k3v. */
export function licencesText(own: string, all: readonly Licensed[]): string {
  const sections = new Map<string, { text: string; names: Set<string> }>();
  const without: string[] = [];
  for (const { name, texts, licence = '' } of all) {
    if (texts.length === 0) without.push(`${name}: ${licence || 'no licence is told'}`);
    for (const text of texts) {
      const key = text.replaceAll(/\s+/g, ' ').trim();
      const section = sections.get(key) ?? { text: tidy(text), names: new Set() };
      sections.set(key, section);
      section.names.add(name);
    }
  }
  return `${[
    'k3v is under the licence that comes first. What is passed on with it is under those that follow, each below the names of what it is the licence of.',
    rule,
    tidy(own),
    ...[...sections.values()].flatMap(({ text, names }) => [rule, [...names].join('\n'), text]),
    ...(without.length === 0 ? [] : [rule, 'These come without a text, and say of themselves:', without.join('\n')]),
  ].join('\n\n')}\n`;
}

function tidy(text: string): string {
  return text.replaceAll(/[ \t\r\f]+$/gm, '').replace(/^\n+|\n+$/g, '');
}
