/** A part of an OpenAPI v3 schema, as it stands in a CustomResourceDefinition or in what an API server publishes. */
export interface Schema {
  [field: string]: unknown;
  $ref?: string;
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  allOf?: Schema[];
}

/** A rule of a schema in CEL; `self` is the value, `oldSelf` what it was. */
interface Rule {
  rule: string;
  message: string;
}

const prefix = '#/components/schemas/';

/** What a field says of itself beside its type. */
type More = { default?: unknown; rules?: Rule[] } & Record<string, unknown>;

function field(type: string, description: string, { rules, ...more }: More = {}): Schema {
  return { type, description, ...more, ...(rules ? { 'x-kubernetes-validations': rules } : {}) };
}

export const text = (description: string, more?: More): Schema => field('string', description, more);
export const flag = (description: string, more?: More): Schema => field('boolean', description, more);
export const time = (description: string): Schema => field('string', description, { format: 'date-time' });

/** A whole number of 32 bits. */
export const whole = (description: string, more?: More): Schema =>
  field('integer', description, { format: 'int32', ...more });

export const object = (description: string, properties: Record<string, Schema>, more?: More): Schema =>
  field('object', description, { ...more, properties });

/** Texts by names. */
export const texts = (description: string, more?: More): Schema =>
  field('object', description, { ...more, additionalProperties: { type: 'string' } });

/** A list whose order means something, or that is replaced as a whole. */
export const list = (description: string, items: Schema, more?: More): Schema =>
  field('array', description, { 'x-kubernetes-list-type': 'atomic', ...more, items });

/** An object whose fields are told elsewhere. */
export const asElsewhere = (description: string): Schema =>
  field('object', description, { 'x-kubernetes-preserve-unknown-fields': true });

export const textList = (description: string, more?: More): Schema => list(description, { type: 'string' }, more);

/** A type of Kubernetes itself, such as `io.k8s.api.core.v1.Affinity`. */
export const known = (name: string, description?: string, more: More = {}): Schema => ({
  $ref: prefix + name,
  ...(description ? { description } : {}),
  ...more,
});

/** A type of core/v1, such as `Affinity`. */
export const core = (name: string, description?: string, more?: More): Schema =>
  known(`io.k8s.api.core.v1.${name}`, description, more);

/** Amounts by the names of resources: `cpu: 500m`. */
export const amounts = (description: string): Schema =>
  field('object', description, { additionalProperties: known(quantity) });

export const quantity = 'io.k8s.apimachinery.pkg.api.resource.Quantity';

const intOrString = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';

/** What the types of Kubernetes that are not objects are in a structural schema, as controller-gen writes them. */
const special: Record<string, Schema> = {
  [quantity]: {
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    pattern:
      '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
    'x-kubernetes-int-or-string': true,
  },
  [intOrString]: { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true },
};

/** What an API server publishes and a CustomResourceDefinition may not have, or does not need. */
const dropped = new Set(['x-kubernetes-patch-strategy', 'x-kubernetes-patch-merge-key', 'x-kubernetes-unions']);

/**
 * Returns `schema` with all types that it names written out from `types`, the `components.schemas` of an API server, as a CustomResourceDefinition wants it
 * (a structural schema). Throws if one is missing or contains itself.
 */
export function structural(schema: Schema, types: Record<string, Schema>, within: string[] = []): Schema {
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (reference !== undefined) {
    const name = reference.slice(prefix.length);
    if (within.includes(name)) throw new Error(`${name} contains itself: ${within.join(' > ')}`);
    const found = special[name] ?? types[name];
    if (!found) throw new Error(`the API server publishes no ${name}`);
    const { $ref: _, allOf: __, default: fallback, ...own } = schema;
    // An empty default is Go's zero value, not what an API server fills in.
    const filled = isZero(fallback) ? {} : { default: fallback };
    const { rules, ...more } = own as { rules?: Rule[] };
    const checked = rules ? { 'x-kubernetes-validations': rules } : {};
    return { ...structural(found, types, [...within, name]), ...more, ...checked, ...filled };
  }
  const { properties, items, additionalProperties, default: fallback, ...rest } = schema;
  const inner = (part: Schema) => structural(part, types, within);
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([key]) => !dropped.has(key))),
    ...(fallback === undefined || (within.length > 0 && isZero(fallback)) ? {} : { default: fallback }),
    ...(properties
      ? { properties: Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, inner(part)])) }
      : {}),
    ...(items ? { items: inner(items) } : {}),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'object' ? inner(additionalProperties) : additionalProperties,
        }),
  };
}

function isZero(value: unknown): boolean {
  return value === undefined || value === '' || (typeof value === 'object' && Object.keys(Object(value)).length === 0);
}
