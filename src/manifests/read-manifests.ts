import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LineCounter, parseAllDocuments } from 'yaml';
import { K3vError } from '../errors.ts';
import { type Manifest, wordsFor } from './manifest.ts';

const isManifestFile = (name: string) => /\.(ya?ml|json)$/.test(name);
/** In a mounted ConfigMap or Secret, what begins so are the links behind its files. */
const isHidden = (name: string) => name.startsWith('.');

/**
 * Returns the objects in `paths`, files or folders with `.yaml`, `.yml` and `.json` files in them: in the order of the paths and names, a List in its items. Rejects with
 * MANIFEST_BROKEN for what cannot be read, or is no object with an apiVersion, a kind and a name.
 */
export async function readManifests(paths: readonly string[]): Promise<Manifest[]> {
  return manifestsIn(await readManifestFiles(paths));
}

/** A file of manifests, as it stands there. */
export interface ManifestFile {
  path: string;
  text: string;
}

/** Returns the files that `readManifests` reads, in their order. Rejects as it does for what cannot be read. */
export async function readManifestFiles(paths: readonly string[]): Promise<ManifestFile[]> {
  const found = (await Promise.all(paths.map(filesIn))).flat();
  return await Promise.all(found.map(readManifestFile));
}

/** Returns the objects in `files`. Throws as `readManifests` rejects. */
export function manifestsIn(files: readonly ManifestFile[]): Manifest[] {
  const found = files.flatMap(documentsIn);
  const known = new Map<string, Manifest>();
  for (const manifest of found) {
    const key = `${manifest.object.apiVersion} ${wordsFor(manifest)}`;
    const other = known.get(key);
    if (other) throw broken(manifest.file, `has ${wordsFor(manifest)}, and so has ${other.file}`);
    known.set(key, manifest);
  }
  return found;
}

async function filesIn(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = (await readdir(path)).filter((name) => !isHidden(name)).toSorted();
    const paths = names.map((name) => join(path, name));
    const parts = await Promise.all(
      paths.map(async (each) => ((await stat(each)).isDirectory() ? await filesIn(each) : each)),
    );
    return parts.flat().filter(isManifestFile);
  } catch (error) {
    throw error instanceof K3vError ? error : unreadable(path, error);
  }
}

async function readManifestFile(path: string): Promise<ManifestFile> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  return { path, text };
}

function documentsIn({ path: file, text }: ManifestFile): Manifest[] {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter, merge: true });
  return [...documents].flatMap((document) => {
    const { line } = lineCounter.linePos(document.range[0]);
    const [error] = document.errors;
    // Its first line: after that comes the piece of the file, which may be of a Secret.
    if (error) throw broken(file, `is not YAML: ${error.message.split(/:?\n/)[0]}`, error);
    const content: unknown = document.toJS();
    return content === null || content === undefined ? [] : objectsIn(content, file, line);
  });
}

function objectsIn(content: unknown, file: string, line: number): Manifest[] {
  const { apiVersion, kind, metadata, items }: Record<string, unknown> = { ...Object(content) };
  const at = `has in the document at line ${line}`;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') throw broken(file, `${at} no apiVersion or no kind`);
  if (kind.endsWith('List') && Array.isArray(items)) return items.flatMap((item) => objectsIn(item, file, line));
  const { name, namespace }: Record<string, unknown> = { ...Object(metadata) };
  if (typeof name !== 'string' || name === '') throw broken(file, `${at} a ${kind} without metadata.name`);
  if (namespace !== undefined && typeof namespace !== 'string') {
    throw broken(file, `${at} a ${kind} whose metadata.namespace is no text`);
  }
  return [{ file, object: content as Manifest['object'] }];
}

function unreadable(path: string, cause: unknown): K3vError {
  return broken(path, `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
}

function broken(file: string, why: string, cause?: unknown): K3vError {
  return new K3vError('MANIFEST_BROKEN', `${file} of --manifests ${why}`, {
    hint: 'It is YAML or JSON as for kubectl apply -f, each object with apiVersion, kind and metadata.name.',
    cause,
  });
}
