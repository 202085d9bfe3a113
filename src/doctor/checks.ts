import type { Check } from './check.ts';
import { advertiseAddressCheck } from './checks/advertise-address.ts';
import { clockCheck } from './checks/clock.ts';
import { controlPlaneCheck } from './checks/control-plane.ts';
import { datastoreCheck } from './checks/datastore.ts';
import { diskCheck } from './checks/disk.ts';
import { dnsCheck } from './checks/dns.ts';
import { hostCheck } from './checks/host.ts';
import { idCheck } from './checks/id.ts';
import { kubeconfigCheck } from './checks/kubeconfig.ts';
import { namespaceCheck } from './checks/namespace.ts';
import { podSecurityCheck } from './checks/pod-security.ts';
import { portsCheck } from './checks/ports.ts';
import { probePodCheck } from './checks/probe-pod.ts';
import { quotaCheck } from './checks/quota.ts';
import { rightsCheck } from './checks/rights.ts';
import { serviceRangeCheck } from './checks/service-range.ts';
import { versionsCheck } from './checks/versions.ts';

/** All that `k3v doctor` looks at: one line per check. */
export const checks: readonly Check[] = [
  kubeconfigCheck,
  hostCheck,
  versionsCheck,
  clockCheck,
  namespaceCheck,
  rightsCheck,
  podSecurityCheck,
  quotaCheck,
  idCheck,
  serviceRangeCheck,
  dnsCheck,
  advertiseAddressCheck,
  probePodCheck,
  portsCheck,
  diskCheck,
  datastoreCheck,
  controlPlaneCheck,
];
