import type { PersistentVolumeClaim } from '../../src/kube/types.ts';

/** What happens to a bound claim of 1Gi: what its owner asks for, then what binder, resizer and driver of the cluster say. */
interface ClaimStep {
  title: string;
  spec?: PersistentVolumeClaim['spec'];
  /** A merge patch. */
  status?: object;
}

const lastTransitionTime = '2026-01-01T00:00:00Z';
const condition = (type: string, message: string) => ({ type, status: 'True', lastTransitionTime, message });
const size = (storage: string) => ({ resources: { requests: { storage } } });

/** The life of a claim that grows (KEP-1790) and changes its class of attributes (KEP-3751), step by step. */
export const claimSteps: ClaimStep[] = [
  { title: 'is to grow', spec: size('2Gi') },
  {
    title: 'is being grown by the driver',
    status: {
      allocatedResources: { storage: '2Gi' },
      allocatedResourceStatuses: { storage: 'ControllerResizeInProgress' },
      conditions: [condition('Resizing', '')],
    },
  },
  {
    title: 'waits for its file system to be grown',
    status: {
      allocatedResourceStatuses: { storage: 'NodeResizePending' },
      conditions: [condition('FileSystemResizePending', 'Waiting for user to (re-)start a pod')],
    },
  },
  {
    title: 'has grown',
    status: { capacity: { storage: '2Gi' }, allocatedResourceStatuses: null, conditions: null },
  },
  { title: 'is to grow beyond what there is', spec: size('9Gi') },
  {
    title: 'cannot grow so much',
    status: {
      allocatedResources: { storage: '9Gi' },
      allocatedResourceStatuses: { storage: 'ControllerResizeInfeasible' },
      conditions: [condition('ControllerResizeError', 'no room')],
    },
  },
  { title: 'is to grow less', spec: size('3Gi') },
  {
    title: 'has grown less',
    status: {
      capacity: { storage: '3Gi' },
      allocatedResources: { storage: '3Gi' },
      allocatedResourceStatuses: null,
      conditions: null,
    },
  },
  { title: 'is to have another class of attributes', spec: { volumeAttributesClassName: 'fast' } },
  {
    title: 'is being given that class',
    status: { modifyVolumeStatus: { targetVolumeAttributesClassName: 'fast', status: 'InProgress' } },
  },
  { title: 'has that class', status: { currentVolumeAttributesClassName: 'fast', modifyVolumeStatus: null } },
];
