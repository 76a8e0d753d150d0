/** Counsellor pages: local times, quoted words found again in the conversation, and a queue that refreshes itself. */

import { keepDrafts } from "./counsellor/drafts.js";
import { highlightDrivers } from "./counsellor/highlight.js";
import { watchQueue } from "./counsellor/queue.js";
import { offerWords } from "./counsellor/saved.js";
import { stay } from "./counsellor/stay.js";
import { localTimes } from "./counsellor/times.js";

localTimes(document);
highlightDrivers();
keepDrafts();
offerWords();

const queue = document.getElementById("queue");
if (queue) watchQueue(queue);

const held = document.getElementById("stay");
if (held) stay(held);
