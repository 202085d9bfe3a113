import type { Migration } from '../../src/state/migrations.ts';

/** Layouts 2 to 4: each renames every entry of the state and every row of the table `kine`, from `<layout>/…` to the next. */
export const slowMigrations: Migration[] = [2, 3, 4].map((to) => ({
  to,
  about: `rename all from ${to - 1} to ${to}`,
  state: (entries) =>
    entries
      .filter(([key]) => key.startsWith(`${to - 1}/`))
      .flatMap(([key, value]) => [{ key }, { key: `${to}${key.slice(key.indexOf('/'))}`, value: value ?? 0 }]),
  database: (database) => {
    const rename = database.prepare('UPDATE kine SET name = ? WHERE name = ?');
    const rows = database.prepare('SELECT name FROM kine').all();
    for (const row of rows) {
      const name = String(row['name']);
      rename.run(`${to}${name.slice(name.indexOf('/'))}`, name);
    }
  },
}));
