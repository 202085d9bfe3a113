import type { Service } from '../kube/types.ts';

interface EnvVar {
  name: string;
  value: string;
}

/**
 * Returns the variables a kubelet gives to containers for `services`, in its order and spelling (kubelet's
 * envvars.FromServices): `WEB_SERVICE_HOST`, `WEB_SERVICE_PORT`, `WEB_PORT_80_TCP_ADDR` and so on.
 */
export function serviceEnv(services: Service[]): EnvVar[] {
  return services.flatMap((service) => {
    const ip = service.spec?.clusterIP;
    const ports = service.spec?.ports ?? [];
    const [first] = ports;
    if (!ip || ip === 'None' || !first) return [];
    const name = variableName(service.metadata.name);
    const host = ip.includes(':') ? `[${ip}]` : ip;
    const result: EnvVar[] = [
      { name: `${name}_SERVICE_HOST`, value: ip },
      { name: `${name}_SERVICE_PORT`, value: String(first.port) },
    ];
    for (const port of ports) {
      if (port.name) result.push({ name: `${name}_SERVICE_PORT_${variableName(port.name)}`, value: String(port.port) });
    }
    for (const [index, { port, protocol = 'TCP' }] of ports.entries()) {
      const url = `${protocol.toLowerCase()}://${host}:${port}`;
      const prefix = `${name}_PORT_${port}_${protocol.toUpperCase()}`;
      if (index === 0) result.push({ name: `${name}_PORT`, value: url });
      result.push(
        { name: prefix, value: url },
        { name: `${prefix}_PROTO`, value: protocol.toLowerCase() },
        { name: `${prefix}_PORT`, value: String(port) },
        { name: `${prefix}_ADDR`, value: ip },
      );
    }
    return result;
  });
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}
