import { K3vError } from '../errors.ts';
import { type FieldPath, fieldPathOf, parseFieldPath } from '../translate/field-path.ts';

/** How objects of one custom resource cross. */
export interface SyncRule {
  /** `toVirtual`: the host's objects are shown, for reading. */
  direction: 'toHost' | 'toVirtual';
  /** Of `toVirtual`: the resource has no namespaces. */
  clusterScoped: boolean;
  /** Of `toVirtual`: the virtual namespace in which objects of the host namespace are shown. */
  namespace: string;
  references: ReferenceRule[];
  /** Fields that hold a label selector of objects in the same namespace. */
  selectors: FieldPath[];
  /** Fields that the host does not get. */
  leaveOut: FieldPath[];
  /** Label keys that have the same name on the host. */
  keepLabels: string[];
}

/** A field that names another object. */
export interface ReferenceRule {
  path: FieldPath;
  kind: string;
  /** The field beside it that holds the namespace of what is named; else it is the object's own. */
  namespaceField: string | undefined;
  /** The host's controller writes what is named, and it comes back. */
  output: boolean;
  /** The name if there is none, in which `{name}` stands for that of the object. */
  default: string | undefined;
  /** Fields of the object and the values of which each has to have one; null stands for no value. */
  when: { path: FieldPath; values: unknown[] }[];
}

/** Returns the rule for a resource that the rules file does not mention. */
export const plainRule: SyncRule = {
  direction: 'toHost',
  clusterScoped: false,
  namespace: 'default',
  references: [],
  selectors: [],
  leaveOut: [],
  keepLabels: [],
};

/** Returns the rules in `content`, the parsed file at `path`, by `<plural>.<group>`. Throws SYNC_RULES_BROKEN. */
export function readSyncRules(content: unknown, path: string): ReadonlyMap<string, SyncRule> {
  const read = readerFor(path);
  return new Map(
    Object.entries(read.map(content, 'the file')).map(([name, value]) => {
      if (!/^[a-z0-9]+\.[a-z0-9.-]+$/.test(name)) read.broken(`"${name}" is not <plural>.<group>`);
      return [name, ruleOf(value, name, read)];
    }),
  );
}

function ruleOf(value: unknown, at: string, read: Reader): SyncRule {
  const fields = read.map(value, at, [
    'direction',
    'clusterScoped',
    'namespace',
    'references',
    'selectors',
    'leaveOut',
    'keepLabels',
  ]);
  const direction = fields['direction'] ?? 'toHost';
  if (direction !== 'toHost' && direction !== 'toVirtual') {
    return read.broken(`${at}.direction is ${JSON.stringify(direction)}, not toHost or toVirtual`);
  }
  const paths = (name: string) =>
    read.list(fields[name], `${at}.${name}`).map((each, index) => read.path(each, `${at}.${name}[${index}]`));
  return {
    direction,
    clusterScoped: read.boolean(fields['clusterScoped'], `${at}.clusterScoped`),
    namespace: read.text(fields['namespace'], `${at}.namespace`) ?? plainRule.namespace,
    references: read
      .list(fields['references'], `${at}.references`)
      .map((each, index) => referenceOf(each, `${at}.references[${index}]`, read)),
    selectors: paths('selectors'),
    leaveOut: paths('leaveOut'),
    keepLabels: read
      .list(fields['keepLabels'], `${at}.keepLabels`)
      .map((each, index) => read.neededText(each, `${at}.keepLabels[${index}]`)),
  };
}

function referenceOf(value: unknown, at: string, read: Reader): ReferenceRule {
  const fields = read.map(value, at, ['path', 'kind', 'namespaceField', 'output', 'default', 'when']);
  const path = read.path(fields['path'], `${at}.path`);
  const kind = read.neededText(fields['kind'], `${at}.kind`);
  const output = read.boolean(fields['output'], `${at}.output`);
  if (output && !['Secret', 'ConfigMap'].includes(kind)) {
    read.broken(`${at} is an output of kind ${kind}, but only a Secret or a ConfigMap can come back`);
  }
  return {
    path,
    kind,
    namespaceField: read.text(fields['namespaceField'], `${at}.namespaceField`),
    output,
    default: read.text(fields['default'], `${at}.default`),
    when: Object.entries(read.map(fields['when'] ?? {}, `${at}.when`)).map(([path, values]) => ({
      path: read.path(path, `${at}.when`),
      values: Array.isArray(values) ? values : [values],
    })),
  };
}

type Reader = ReturnType<typeof readerFor>;

/** Returns functions that give what they are named for, or throw with the place in the file that holds something else. */
function readerFor(path: string) {
  const broken = (why: string): never => {
    throw new K3vError('SYNC_RULES_BROKEN', `the --sync-rules file ${path}: ${why}`, {
      hint: 'It is YAML with names of custom resources, such as certificates.cert-manager.io, as keys; see docs/sync.md.',
    });
  };
  const wrong = (value: unknown, at: string, wanted: string): never =>
    broken(value === undefined ? `${at} is missing` : `${at} is ${JSON.stringify(value)}, not ${wanted}`);
  const text = (value: unknown, at: string): string | undefined =>
    value === undefined || (typeof value === 'string' && value !== '') ? value : wrong(value, at, 'a word');
  return {
    broken,
    text,
    neededText: (value: unknown, at: string): string => text(value, at) ?? wrong(value, at, 'a word'),
    boolean: (value: unknown, at: string): boolean =>
      value === undefined || typeof value === 'boolean' ? (value ?? false) : wrong(value, at, 'true or false'),
    list: (value: unknown, at: string): unknown[] =>
      value === undefined || Array.isArray(value) ? (value ?? []) : wrong(value, at, 'a list'),
    map(value: unknown, at: string, known?: string[]): { [field: string]: unknown } {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong(value, at, 'a map');
      const strange = Object.keys(value).find((key) => known && !known.includes(key));
      if (strange !== undefined) broken(`${at} has "${strange}"; it takes ${known?.join(', ')}`);
      return { ...value };
    },
    path(value: unknown, at: string): FieldPath {
      if (Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string')) {
        return fieldPathOf(value);
      }
      const parsed = typeof value === 'string' ? parseFieldPath(value) : undefined;
      return parsed ?? wrong(value, at, 'a path such as spec.tls[].secretName');
    },
  };
}
