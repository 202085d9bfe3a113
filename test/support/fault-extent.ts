/** Whether tests of faults run in their long form (`npm run test:faults`), not in the short one that is part of `npm test`. */
export const isFullExtent = process.env['K3V_FAULTS'] === 'full';
