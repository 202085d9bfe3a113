/** A secret by a name that may be shown, and the texts it is known by: any of them gives it away. */
export interface PlantedSecret {
  name: string;
  texts: string[];
}

/** Some text, or what a file holds as latin1, and where it stands. */
export interface Place {
  place: string;
  text: string;
}

/** What no place may hold, whoever made it. */
const shapes: { name: string; pattern: RegExp }[] = [
  { name: 'a private key', pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ },
  // Header and body of a JSON web token are base64 of `{"`.
  { name: 'a token', pattern: /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/ },
  { name: 'an Authorization header', pattern: /authorization['"]?\s*[:=]\s*['"]?(bearer|basic) +\S/i },
];

/** Returns a secret with its base64, as Kubernetes shows it, at whatever offset it lies in a longer text. */
export function plantedSecret(name: string, ...values: string[]): PlantedSecret {
  return { name, texts: values.flatMap((value) => [value, ...base64Forms(value)]) };
}

/** Returns what is found where, as `place: name`, without what was found. */
export function findSecrets(places: Place[], secrets: PlantedSecret[]): string[] {
  return places.flatMap(({ place, text }) => {
    const planted = secrets.filter(({ texts }) => texts.some((each) => text.includes(each)));
    const shaped = shapes.filter(({ pattern }) => pattern.test(text));
    return [...planted, ...shaped].map(({ name }) => `${place}: ${name}`);
  });
}

/** The three ways in which base64 can show `value`, less what depends on its neighbours. */
function base64Forms(value: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]).toString('base64');
    const end = Math.floor(((offset + Buffer.byteLength(value)) * 8) / 6);
    return encoded.slice(Math.ceil((offset * 8) / 6), end);
  });
}
