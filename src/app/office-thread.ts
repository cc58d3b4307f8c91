/** The number in the names of segments that the office writes; gateway threads count from 1. */
export const OFFICE_THREAD = 0;
