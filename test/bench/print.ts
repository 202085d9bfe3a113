/** Prints a line of the table of figures. */
export function print(figure: string, value: string): void {
  process.stdout.write(`${figure.padEnd(64)} ${value}\n`);
}
