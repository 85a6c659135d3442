// What the search shows first: pages that explain, before those that list. A word in a title counts more.
const EXPLAINED = /^(start|guides|recipes)\//;

var Scorer = {
  score: ([page, , , , score]) => (EXPLAINED.test(page) ? score + 8 : score),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
