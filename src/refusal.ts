/** What is wrong with an item of a setting, and what it must be. */
export interface Refusal {
  wrong: string;
  wanted: string;
}
