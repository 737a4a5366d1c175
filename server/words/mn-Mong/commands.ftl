### Draft: no native reader has checked these words yet. Take this line away once one has.

# What the command line says.

heading-acknowledged-lane-actor-seq = ᠪᠠᠲᠤᠯᠠᠭᠰᠠᠨ (ᠤᠷᠤᠰᠬᠠᠯ: ᠳᠤᠭᠠᠷ)
heading-area = ᠨᠤᠲᠤᠭ
heading-areas = ᠬᠠᠷᠢᠭᠤᠴᠠᠬᠤ ᠨᠤᠲᠤᠭ
heading-assignee = ᠬᠠᠷᠢᠭᠤᠴᠠᠭᠴᠢ
heading-at = ᠴᠠᠭ
heading-author = ᠪᠢᠴᠢᠭᠰᠡᠨ ᠬᠦᠮᠦᠨ
heading-behind = ᠶᠠᠭᠤᠨ ᠤ ᠠᠷᠤ
heading-bytes = ᠪᠠᠶᠢᠲ
heading-code = ᠲᠡᠮᠳᠡᠭ ᠳᠤᠭᠠᠷ
heading-conflicts = ᠵᠥᠷᠢᠴᠡᠯ
heading-copies = ᠬᠠᠭᠤᠯᠪᠤᠷᠢ
heading-created-by = ᠪᠢᠴᠢᠭᠰᠡᠨ ᠬᠦᠮᠦᠨ
heading-device = ᠤᠲᠠᠰᠤ
heading-differed = ᠵᠥᠷᠢᠭᠰᠡᠨ ᠲᠣᠭ᠎ᠠ
heading-draft = ᠨᠣᠣᠷᠣᠭ
heading-due = ᠬᠤᠭᠤᠴᠠᠭ᠎ᠠ
heading-ended = ᠥᠭᠡᠷᠡᠴᠢᠯᠡᠯᠲᠡ
heading-english = ᠠᠩᠭ᠍ᠯᠢ
heading-enrolled = ᠪᠦᠷᠢᠳᠬᠡᠭᠰᠡᠨ ᠴᠠᠭ
heading-event = ᠦᠢᠯᠡᠳᠦᠯ
heading-field = ᠲᠠᠯᠪᠠᠢ
heading-from-texts = ᠪᠢᠴᠢᠭ ᠦᠨ ᠲᠣᠭ᠎ᠠ
heading-id = ᠳᠤᠭᠠᠷ
heading-kind = ᠲᠥᠷᠥᠯ
heading-language = ᠬᠡᠯᠡ
heading-last-met = ᠰᠡᠭᠦᠯ ᠳᠦ ᠬᠣᠯᠪᠣᠭᠳᠠᠭᠰᠠᠨ
heading-last-seen = ᠰᠡᠭᠦᠯ ᠳᠦ ᠬᠣᠯᠪᠣᠭᠳᠠᠭᠰᠠᠨ
heading-learned = ᠰᠤᠷᠤᠭᠰᠠᠨ ᠴᠠᠭ
heading-level = ᠱᠠᠲᠤ
heading-name = ᠨᠡᠷ᠎ᠡ
heading-number = ᠲᠣᠭ᠎ᠠ
heading-op = ᠵᠠᠰᠠᠪᠤᠷᠢ
heading-reason = ᠰᠢᠯᠲᠠᠭᠠᠨ
heading-receipt = ᠪᠠᠷᠢᠮᠲᠠ
heading-received = ᠬᠦᠯᠢᠶᠡᠨ ᠠᠪᠤᠭᠰᠠᠨ
heading-record = ᠪᠢᠴᠢᠯᠭᠡ
heading-revoked = ᠬᠠᠭᠠᠭᠰᠠᠨ ᠴᠠᠭ
heading-since = ᠬᠡᠵᠢᠶ᠎ᠡ ᠡᠴᠡ
heading-status = ᠪᠠᠶᠢᠳᠠᠯ
heading-successors = ᠵᠠᠯᠭᠠᠮᠵᠢᠯᠠᠬᠤ ᠨᠤᠲᠤᠭ
heading-title = ᠭᠠᠷᠴᠠᠭ
heading-unsent = ᠢᠯᠡᠭᠡᠭᠡ ᠦᠭᠡᠢ
heading-unsent-then = ᠲᠡᠷᠡ ᠦᠶ᠎ᠡ ᠢᠯᠡᠭᠡᠭᠡ ᠦᠭᠡᠢ
heading-until = ᠬᠦᠷᠲᠡᠯ᠎ᠡ
heading-value = ᠠᠭᠤᠯᠭ᠎ᠠ
heading-what = ᠵᠦᠢᠯ
heading-word = ᠦᠭᠡ
heading-worker = ᠲᠣᠣᠷ ᠤᠨ ᠠᠵᠢᠯᠲᠠᠨ

# What a running server holds.

server-clock = ᠴᠠᠭ
server-commit = ᠳᠠᠷᠠᠭᠠᠯᠠᠯ
server-devices = ᠤᠲᠠᠰᠤ ᠶᠢᠨ ᠲᠣᠭ᠎ᠠ
server-disk = ᠳ᠋ᠢᠰᠺ
server-incarnation = ᠲᠡᠦᠬᠡ
server-journal_syncs = ᠪᠢᠴᠢᠭᠰᠡᠨ ᠲᠣᠭ᠎ᠠ
server-mended = ᠵᠠᠰᠠᠭᠰᠠᠨ ᠮᠥᠷ
server-parked = ᠬᠦᠯᠢᠶᠡᠵᠦ ᠪᠤᠢ ᠵᠠᠰᠠᠪᠤᠷᠢ
server-quarantined = ᠬᠠᠳᠠᠭᠠᠯᠠᠭᠰᠠᠨ ᠵᠠᠰᠠᠪᠤᠷᠢ
server-records = ᠪᠢᠴᠢᠯᠭᠡ ᠶᠢᠨ ᠲᠣᠭ᠎ᠠ
server-unreadable = ᠤᠩᠰᠢᠭᠳᠠᠭᠰᠠᠨ ᠦᠭᠡᠢ
server-version = ᠬᠡᠪᠯᠡᠯ

# What was done.

say-account-revoked = { $name } ᠬᠠᠭᠠᠭᠳᠠᠪᠠ
say-account-token = { $name } ᠲᠦᠯᠬᠢᠭᠦᠷ (ᠵᠥᠪᠬᠡᠨ ᠨᠢᠭᠡ ᠤᠳᠠᠭ᠎ᠠ):
say-answers-for = { $code } ᠬᠠᠷᠢᠭᠤᠴᠠᠨ᠎ᠠ: { $areas }
say-areas-ended = ᠳᠠᠭᠤᠰᠤᠭᠰᠠᠨ: { $codes }
say-areas-new = ᠰᠢᠨ᠎ᠡ: { $codes }
say-areas-would-be-new = ᠰᠢᠨ᠎ᠡ ᠪᠣᠯᠤᠨ᠎ᠠ: { $codes }
say-areas-would-end = ᠳᠠᠭᠤᠰᠤᠨ᠎ᠠ: { $codes }
say-clock-accepted = ᠵᠥᠪ ᠭᠡᠵᠦ ᠦᠵᠡᠪᠡ: { $why }
say-clock-trusted = ᠴᠠᠭ ᠵᠥᠪ ᠪᠠᠶᠢᠭᠰᠠᠨ
say-created = ᠡᠭᠦᠰᠭᠡᠪᠡ { $id }, ᠪᠠᠷᠢᠮᠲᠠ { $receipt }
say-device-revoked = ᠤᠲᠠᠰᠤ { $id } ᠬᠠᠭᠠᠭᠳᠠᠪᠠ
say-dictionary-learned = ᠲᠣᠯᠢ { $number } ᠰᠤᠷᠤᠪᠠ
say-dictionary-nothing-new = ᠰᠢᠨ᠎ᠡ ᠵᠦᠢᠯ ᠦᠭᠡᠢ: ᠲᠣᠯᠢ { $number }
say-dictionary-too-little = ᠰᠤᠷᠬᠤ ᠦᠭᠡ ᠬᠡᠲᠦᠷᠬᠡᠢ ᠴᠥᠭᠡᠨ
say-draft = { $language } ᠨᠣᠣᠷᠣᠭ ᠦᠭᠡ᠂ ᠬᠢᠨᠠᠭᠰᠠᠨ ᠦᠭᠡᠢ
say-edits = { $count } ᠵᠠᠰᠠᠪᠤᠷᠢ
say-imported = ᠣᠷᠣᠭᠤᠯᠤᠭᠰᠠᠨ { $imported }, ᠬᠡᠪ ᠶᠡᠷ { $unchanged }, ᠲᠠᠲᠠᠭᠠᠯᠵᠠᠭᠰᠠᠨ { $refused }
say-invited-code = ᠲᠡᠮᠳᠡᠭ
say-invited-expires = ᠬᠤᠭᠤᠴᠠᠭ᠎ᠠ
say-invited-server = ᠰᠧᠷᠸᠧᠷ
say-invited-worker = ᠠᠵᠢᠯᠲᠠᠨ
say-more-records = ᠪᠠᠰᠠ ᠪᠤᠢ: --after { $place }
say-more-rows = ᠪᠠᠰᠠ { $count } ᠮᠥᠷ
say-muster = ᠴᠤᠭᠯᠠᠭᠠᠨ { $id }: { $count } ᠬᠦᠮᠦᠨ
say-no = ᠦᠭᠡᠢ
say-nobody-moved = ᠬᠡᠨ ᠴᠤ ᠰᠢᠯᠵᠢᠬᠦ ᠦᠭᠡᠢ
say-not-known = ᠲᠣᠳᠣᠷᠬᠠᠢ ᠦᠭᠡᠢ
say-not-since = { $time } ᠬᠣᠶᠢᠰᠢ ᠦᠭᠡᠢ
say-op-released = ᠵᠠᠰᠠᠪᠤᠷᠢ { $op } ᠴᠢᠯᠦᠭᠡᠯᠡᠪᠡ
say-op-stays = ᠵᠠᠰᠠᠪᠤᠷᠢ { $op } ᠬᠠᠳᠠᠭᠠᠯᠠᠭᠰᠠᠨ: { $reason }
say-op-waits = ᠵᠠᠰᠠᠪᠤᠷᠢ { $op } ᠬᠦᠯᠢᠶᠡᠵᠦ ᠪᠤᠢ
say-phones-none = ᠤᠲᠠᠰᠤ ᠦᠭᠡᠢ
say-record-changed = ᠪᠢᠴᠢᠯᠭᠡ { $id } ᠥᠭᠡᠷᠡᠴᠢᠯᠡᠪᠡ
say-record-erased = ᠪᠢᠴᠢᠯᠭᠡ { $id } ᠬᠤᠪᠢ ᠶᠢᠨ ᠮᠡᠳᠡᠭᠡ ᠠᠷᠢᠯᠭᠠᠪᠠ
say-record-filed = ᠪᠢᠴᠢᠯᠭᠡ { $id } → { $area } ᠨᠤᠲᠤᠭ
say-records-go-and-come = ᠭᠠᠷᠬᠤ ᠪᠢᠴᠢᠯᠭᠡ: { $leaving }; ᠢᠷᠡᠬᠦ ᠪᠢᠴᠢᠯᠭᠡ: { $entering }
say-records-stay = ᠦᠯᠡᠳᠡᠬᠦ ᠪᠢᠴᠢᠯᠭᠡ: { $count }
say-renumbered = ᠳᠤᠭᠠᠷ ᠥᠭᠡᠷᠡᠴᠢᠯᠡᠭᠰᠡᠨ:
say-row = ᠮᠥᠷ { $row }: { $message }
say-rule-fits = ᠳᠦᠷᠢᠮ { $rule }: { $assignee }, ᠬᠡᠯᠲᠡᠰ { $department }, { $minutes } ᠮᠢᠨᠦ᠋ᠲ, ᠱᠠᠲᠤ { $level }
say-rule-none = ᠲᠣᠬᠢᠷᠬᠤ ᠳᠦᠷᠢᠮ ᠦᠭᠡᠢ
say-rules-set = ᠳᠦᠷᠢᠮ ᠬᠦᠴᠦᠨᠲᠡᠢ ᠪᠣᠯᠤᠪᠠ
say-task-cancelled = ᠳᠠᠭᠠᠯᠭᠠᠪᠤᠷᠢ { $id } ᠪᠣᠯᠢᠭᠤᠯᠪᠠ
say-task-given = ᠳᠠᠭᠠᠯᠭᠠᠪᠤᠷᠢ { $id } → { $to } ᠬᠠᠷᠢᠭᠤᠴᠠᠨ᠎ᠠ
say-would-answer-for = { $code } ᠬᠠᠷᠢᠭᠤᠴᠠᠬᠤ ᠪᠣᠯᠤᠨ᠎ᠠ: { $areas }
say-written = «{ $event }» → ᠪᠢᠴᠢᠯᠭᠡ { $id }
say-yes = ᠲᠡᠶᠢᠮᠦ

# Why something was not done.

fail-answer-broke-off = ᠬᠠᠷᠢᠭᠤ ᠲᠠᠰᠤᠷᠠᠪᠠ: { $why }
fail-csv-needs-kind = --format csv, --kind ᠬᠡᠷᠡᠭᠲᠡᠢ
fail-erase-unasked = { $id } ᠠᠷᠢᠯᠭᠠᠪᠠᠯ ᠰᠡᠷᠭᠦᠬᠦ ᠦᠭᠡᠢ: --yes
fail-no-address = { $server } ᠬᠠᠶᠢᠭ ᠪᠤᠰᠤ: http://127.0.0.1:8340
fail-no-token = ᠲᠦᠯᠬᠢᠭᠦᠷ ᠦᠭᠡᠢ: --token-file FILE, --token TOKEN, OTOR_ADMIN_TOKEN
fail-no-trust = { $server } ᠢᠲᠡᠭᠡᠯᠲᠡᠢ ᠬᠣᠯᠪᠣᠭ᠎ᠠ ᠦᠭᠡᠢ: { $why }
fail-not-read = { $file } ᠤᠩᠰᠢᠵᠤ ᠴᠢᠳᠠᠭᠰᠠᠨ ᠦᠭᠡᠢ: { $why }
fail-nothing-to-change = ᠥᠭᠡᠷᠡᠴᠢᠯᠡᠬᠦ ᠵᠦᠢᠯ ᠦᠭᠡᠢ: --set, --add, --remove, --append
fail-output = ᠪᠢᠴᠢᠵᠦ ᠴᠢᠳᠠᠭᠰᠠᠨ ᠦᠭᠡᠢ: { $why }
fail-rows = ᠲᠠᠲᠠᠭᠠᠯᠵᠠᠭᠰᠠᠨ ᠮᠥᠷ: { $count }
fail-unknown-language = --lang { $lang }: ᠡᠶᠢᠮᠦ ᠬᠡᠯᠡ ᠦᠭᠡᠢ: { $known }
fail-unreachable = { $server } ᠬᠣᠯᠪᠣᠭᠳᠠᠬᠤ ᠦᠭᠡᠢ: { $why }

problem-busy = ᠰᠧᠷᠸᠧᠷ ᠵᠠᠪ ᠦᠭᠡᠢ
problem-clock-not-trusted = ᠰᠧᠷᠸᠧᠷ ᠦᠨ ᠴᠠᠭ ᠢᠲᠡᠭᠡᠯ ᠦᠭᠡᠢ
problem-conflict = ᠵᠥᠷᠢᠴᠡᠵᠦ ᠪᠤᠢ
problem-disk-full = ᠳ᠋ᠢᠰᠺ ᠳᠦᠭᠦᠷᠴᠦ ᠪᠤᠢ
problem-internal = ᠰᠧᠷᠸᠧᠷ ᠲᠦ ᠠᠯᠳᠠᠭ᠎ᠠ ᠭᠠᠷᠪᠠ
problem-invalid = ᠬᠦᠰᠡᠯᠲᠡ ᠪᠤᠷᠤᠭᠤ
problem-key-reused = ᠲᠦᠯᠬᠢᠭᠦᠷ ᠢ ᠬᠡᠷᠡᠭᠯᠡᠭᠰᠡᠨ ᠪᠤᠢ
problem-not-allowed = ᠡᠷᠬᠡ ᠦᠭᠡᠢ
problem-not-authenticated = ᠲᠦᠯᠬᠢᠭᠦᠷ ᠬᠡᠷᠡᠭᠲᠡᠢ
problem-not-found = ᠡᠶᠢᠮᠦ ᠵᠦᠢᠯ ᠦᠭᠡᠢ
problem-stale-cursor = ᠥᠭᠡᠷ᠎ᠡ ᠲᠡᠦᠬᠡ ᠶᠢᠨ ᠵᠢᠭᠠᠭᠴᠢ
problem-stopped = ᠰᠧᠷᠸᠧᠷ ᠵᠣᠭᠰᠤᠭᠰᠠᠨ
problem-too-large = ᠬᠡᠲᠦᠷᠬᠡᠢ ᠲᠣᠮᠣ
problem-unacceptable = ᠳᠦᠷᠢᠮ ᠳᠦ ᠨᠡᠶᠢᠴᠡᠬᠦ ᠦᠭᠡᠢ
problem-wrong-method = ᠡᠶᠢᠮᠦ ᠠᠷᠭ᠎ᠠ ᠦᠭᠡᠢ
