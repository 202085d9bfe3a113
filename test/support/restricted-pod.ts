import { images } from '../host/images.ts';

/** Returns a pod that runs a shell script in the image of kubectl, as the Pod Security Standard `restricted` wants it. Its last words, 4 KiB, stand in its status. */
export function restrictedPod(name: string, script: string, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsUser: 1000, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'main',
          image: images.kubectl,
          imagePullPolicy: 'Never',
          command: ['sh', '-c', `(${script}) > /dev/termination-log 2>&1`],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
      ...spec,
    },
  };
}
