const levels = ['None', 'Metadata', 'Request', 'RequestResponse'];
const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'];
const policyFields = ['apiVersion', 'kind', 'metadata', 'rules', 'omitStages', 'omitManagedFields'];
const groupFields = ['group', 'resources', 'resourceNames'];
const ruleFields = [
  'level',
  'users',
  'userGroups',
  'verbs',
  'resources',
  'namespaces',
  'nonResourceURLs',
  'omitStages',
  'omitManagedFields',
];
const dnsSubdomain = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/**
 * Returns the audit policy in `content`, a parsed file, as JSON, which every YAML parser takes for the same; or what is `wrong` with it. Asks all that
 * the API server asks, which ends at a policy that it does not like (`ValidatePolicy` in k8s.io/apiserver), and that it knows every field: with a
 * mistyped one it would apply the rule to too much. The group `*` is one that 1.36 takes, and 1.34 refuses in its own words.
 */
export function parseAuditPolicy(content: unknown): { policy: string } | { wrong: string } {
  try {
    checkPolicy(content);
    return { policy: JSON.stringify(content) };
  } catch (error) {
    if (error instanceof Wrong) return { wrong: error.message };
    throw error;
  }
}

class Wrong extends Error {}

function checkPolicy(content: unknown): void {
  const policy = map(content, 'it', policyFields);
  if (policy['apiVersion'] !== 'audit.k8s.io/v1') wrong(policy['apiVersion'], 'apiVersion', '"audit.k8s.io/v1"');
  if (policy['kind'] !== 'Policy') wrong(policy['kind'], 'kind', '"Policy"');
  checkCommon(policy, '');
  const rules = list(policy['rules'], 'rules');
  if (rules.length === 0) throw new Wrong('it has no rules');
  for (const [index, rule] of rules.entries()) checkRule(rule, `rules[${index}]`);
}

function checkRule(content: unknown, at: string): void {
  const rule = map(content, at, ruleFields);
  oneOf(rule['level'], `${at}.level`, levels);
  checkCommon(rule, `${at}.`);
  for (const name of ['users', 'userGroups', 'verbs', 'namespaces']) words(rule[name], `${at}.${name}`);
  const urls = words(rule['nonResourceURLs'], `${at}.nonResourceURLs`);
  for (const url of urls) {
    if (url !== '*' && !/^\/[^*]*\*?$/.test(url)) {
      wrong(url, `${at}.nonResourceURLs`, 'a path that begins with "/", with "*" at its end if at all');
    }
  }
  const resources = list(rule['resources'], `${at}.resources`);
  for (const [index, each] of resources.entries()) checkResources(each, `${at}.resources[${index}]`);
  const namespaces = list(rule['namespaces'], `${at}.namespaces`);
  if (urls.length > 0 && resources.length + namespaces.length > 0) {
    throw new Wrong(
      `${at} names both nonResourceURLs and resources or namespaces, which are never of the same request`,
    );
  }
}

function checkResources(content: unknown, at: string): void {
  const fields = map(content, at, groupFields);
  const group = fields['group'] ?? '';
  if (typeof group !== 'string' || !(group === '' || group === '*' || dnsSubdomain.test(group))) {
    wrong(group, `${at}.group`, 'the name of a group without its version, or "*"');
  }
  const resources = words(fields['resources'], `${at}.resources`);
  if (words(fields['resourceNames'], `${at}.resourceNames`).length > 0 && resources.length === 0) {
    throw new Wrong(`${at} has resourceNames without resources`);
  }
}

/** What a policy says for all of its rules, and a rule for itself. */
function checkCommon(fields: Record<string, unknown>, prefix: string): void {
  for (const stage of words(fields['omitStages'], `${prefix}omitStages`)) oneOf(stage, `${prefix}omitStages`, stages);
  const omits = fields['omitManagedFields'] ?? false;
  if (typeof omits !== 'boolean') wrong(omits, `${prefix}omitManagedFields`, 'true or false');
}

function map(value: unknown, at: string, known: string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong(value, at, 'a map');
  const strange = Object.keys(value).find((key) => !known.includes(key));
  if (strange !== undefined) throw new Wrong(`${at} has "${strange}", but may have ${known.join(', ')}`);
  return { ...value };
}

function list(value: unknown, at: string): unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : wrong(value, at, 'a list');
}

function words(value: unknown, at: string): string[] {
  return list(value, at).map((each) => (typeof each === 'string' ? each : wrong(each, at, 'a list of words')));
}

function oneOf(value: unknown, at: string, choices: string[]): void {
  if (!choices.some((choice) => choice === value)) wrong(value, at, `one of ${choices.join(', ')}`);
}

function wrong(value: unknown, at: string, wanted: string): never {
  throw new Wrong(value === undefined ? `${at} is missing` : `${at} is ${JSON.stringify(value)}, not ${wanted}`);
}
