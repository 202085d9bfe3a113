import { type Schema, flag, object, texts } from './schema.ts';

const always = (what: string, selected: string): Schema =>
  object(
    `${what} always cross to the host as far as pods need them; this cannot be switched off.`,
    {
      enabled: flag('Has to be true.', {
        default: true,
        rules: [{ rule: 'self', message: `${selected} always cross to the host: pods could not run without them` }],
      }),
      selector: texts('Has to be empty.', {
        maxProperties: 100,
        rules: [
          {
            rule: 'self.size() == 0',
            message: `all ${selected} that pods need cross to the host: leave the selector out`,
          },
        ],
      }),
    },
    { default: { enabled: true } },
  );

const chosen = (what: string, more: Record<string, Schema> = {}): Schema =>
  object(
    `Whether ${what}.`,
    {
      enabled: flag('Switches it on.', { default: false }),
      selector: texts('Has to be empty.', {
        maxProperties: 100,
        rules: [
          { rule: 'self.size() == 0', message: 'all objects of the kind cross, or none: leave the selector out' },
        ],
      }),
      ...more,
    },
    { default: { enabled: false } },
  );

/** Which kinds cross between a virtual cluster and its host. */
export const syncSchema = object(
  'Which kinds cross between the virtual cluster and its host, in mode shared.',
  {
    services: always('Services', 'services'),
    configMaps: always('ConfigMaps', 'configmaps'),
    secrets: always('Secrets', 'secrets'),
    persistentVolumeClaims: always('PersistentVolumeClaims', 'persistentvolumeclaims'),
    ingresses: chosen('Ingresses of the virtual cluster work on the host', {
      disableTLSSecretTranslation: flag('Has to be false: the Secrets of an Ingress cross with it.', {
        default: false,
        rules: [{ rule: '!self', message: 'the TLS Secrets of an Ingress always cross with it' }],
      }),
    }),
    priorityClasses: chosen('PriorityClasses of the virtual cluster count on the host. They are cluster-scoped there'),
    storageClasses: chosen('StorageClasses of the host are shown in the virtual cluster'),
  },
  { default: {} },
);
