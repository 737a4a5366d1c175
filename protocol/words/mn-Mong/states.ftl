### Draft: no native reader has checked these words yet. Take this line away once one has.

# Statuses, marks, codes, levels; what becomes of an edit.

status-accepted = ᠵᠥᠪᠰᠢᠶᠡᠷᠡᠭᠰᠡᠨ
    .mediation = ᠬᠦᠯᠢᠶᠡᠨ ᠠᠪᠤᠭᠰᠠᠨ
status-acknowledged = ᠮᠡᠳᠡᠭᠰᠡᠨ
status-agreed = ᠲᠣᠬᠢᠷᠤᠯᠴᠠᠭᠰᠠᠨ
status-approved = ᠪᠠᠲᠤᠯᠠᠭᠰᠠᠨ
status-archived = ᠳᠠᠩᠰᠠᠯᠠᠭᠰᠠᠨ
status-arrived = ᠢᠷᠡᠭᠰᠡᠨ
status-assigned = ᠳᠠᠭᠠᠯᠭᠠᠭᠰᠠᠨ
status-away = ᠡᠵᠡᠨ ᠦᠭᠡᠢ
status-blown = ᠳᠠᠭᠤᠳᠠᠯᠭ᠎ᠠ ᠭᠠᠷᠤᠭᠰᠠᠨ
status-called = ᠳᠠᠭᠤᠳᠠᠭᠰᠠᠨ
status-called_back = ᠡᠷᠭᠢᠵᠦ ᠠᠰᠠᠭᠤᠭᠰᠠᠨ
status-called_off = ᠴᠤᠴᠠᠯᠠᠭᠰᠠᠨ
status-cancelled = ᠪᠣᠯᠢᠭᠤᠯᠤᠭᠰᠠᠨ
status-check = ᠲᠣᠳᠣᠷᠬᠠᠶᠢᠯᠠᠬᠤ
status-claimed = ᠬᠠᠷᠢᠭᠤᠴᠠᠭᠰᠠᠨ
status-closed = ᠬᠠᠭᠠᠭᠰᠠᠨ
status-confirmed = ᠨᠣᠲᠠᠯᠠᠭᠰᠠᠨ
status-current = ᠰᠠᠭᠤᠵᠤ ᠪᠤᠢ
status-deceased = ᠨᠠᠰᠤ ᠪᠠᠷᠠᠭᠰᠠᠨ
status-declined = ᠢᠷᠡᠵᠦ ᠴᠢᠳᠠᠬᠤ ᠦᠭᠡᠢ
status-delivered = ᠬᠦᠷᠦᠭᠰᠡᠨ
    .wish = ᠪᠡᠶᠡᠯᠡᠭᠰᠡᠨ
status-done = ᠭᠦᠢᠴᠡᠳᠬᠡᠭᠰᠡᠨ
status-draft = ᠨᠣᠣᠷᠣᠭ
status-ended = ᠳᠠᠭᠤᠰᠤᠭᠰᠠᠨ
status-erased = ᠠᠷᠢᠯᠭᠠᠭᠰᠠᠨ
status-expired = ᠬᠤᠭᠤᠴᠠᠭ᠎ᠠ ᠳᠠᠭᠤᠰᠤᠭᠰᠠᠨ
status-failed = ᠲᠣᠬᠢᠷᠤᠯᠴᠠᠭᠰᠠᠨ ᠦᠭᠡᠢ
status-found = ᠢᠯᠡᠷᠡᠭᠰᠡᠨ
status-fulfilled = ᠬᠡᠷᠡᠭᠵᠢᠭᠰᠡᠨ
status-handling = ᠰᠢᠢᠳᠪᠦᠷᠢᠯᠡᠵᠦ ᠪᠤᠢ
status-in_session = ᠬᠤᠷᠠᠯᠳᠠᠵᠤ ᠪᠤᠢ
status-issued = ᠥᠭᠭᠦᠭᠰᠡᠨ
status-lapsed = ᠬᠦᠴᠦᠨ ᠦᠭᠡᠢ ᠪᠣᠯᠤᠭᠰᠠᠨ
status-moved = ᠨᠡᠭᠦᠭᠰᠡᠨ
status-moved_out = ᠨᠡᠭᠦᠵᠦ ᠭᠠᠷᠤᠭᠰᠠᠨ
status-occupied = ᠬᠦᠮᠦᠨ ᠰᠠᠭᠤᠵᠤ ᠪᠤᠢ
status-open = ᠶᠠᠪᠤᠭᠳᠠᠵᠤ ᠪᠤᠢ
status-ordered = ᠵᠠᠰᠠᠬᠤ ᠶᠢ ᠱᠠᠭᠠᠷᠳᠠᠭᠰᠠᠨ
status-planned = ᠲᠥᠯᠥᠪᠯᠡᠭᠰᠡᠨ
status-published = ᠨᠡᠶᠢᠲᠡᠯᠡᠭᠰᠡᠨ
status-raised = ᠭᠠᠷᠭᠠᠭᠰᠠᠨ
status-rectified = ᠵᠠᠰᠠᠭᠰᠠᠨ
status-refused = ᠲᠠᠲᠠᠭᠠᠯᠵᠠᠭᠰᠠᠨ
status-removed = ᠬᠠᠰᠤᠭᠰᠠᠨ
status-reported = ᠮᠡᠳᠡᠭᠳᠡᠭᠰᠡᠨ
status-reported_in = ᠬᠦᠷᠴᠦ ᠢᠷᠡᠭᠰᠡᠨ
status-retracted = ᠡᠷᠭᠢᠭᠦᠯᠵᠦ ᠲᠠᠲᠠᠭᠰᠠᠨ
status-solved = ᠰᠢᠢᠳᠪᠦᠷᠢᠯᠡᠭᠰᠡᠨ
status-solving = ᠰᠢᠢᠳᠪᠦᠷᠢᠯᠡᠵᠦ ᠪᠤᠢ
status-stood_down = ᠲᠠᠷᠬᠠᠭᠰᠠᠨ
status-submitted = ᠢᠯᠡᠭᠡᠭᠰᠡᠨ
status-transferred = ᠰᠢᠯᠵᠢᠭᠦᠯᠦᠭᠰᠡᠨ
status-unreachable = ᠬᠣᠯᠪᠣᠭᠳᠠᠬᠤ ᠦᠭᠡᠢ
status-vacant = ᠬᠣᠭᠣᠰᠤᠨ
status-verified = ᠰᠢᠯᠭᠠᠭᠰᠠᠨ
status-withdrawn = ᠪᠤᠴᠠᠭᠠᠵᠤ ᠠᠪᠤᠭᠰᠠᠨ

# What somebody should look at.

mark-after_closing = ᠬᠠᠭᠠᠭᠰᠠᠨ ᠤ ᠳᠠᠷᠠᠭᠠᠬᠢ ᠨᠡᠮᠡᠯᠲᠡ
mark-assignee_silent = ᠬᠠᠷᠢᠭᠤᠴᠠᠭᠴᠢ ᠶᠢᠨ ᠤᠲᠠᠰᠤ ᠴᠢᠮᠡᠭᠡ ᠦᠭᠡᠢ
mark-care_late = ᠬᠣᠴᠣᠷᠴᠤ ᠠᠶᠢᠯᠴᠢᠯᠠᠭᠰᠠᠨ
mark-care_overdue = ᠠᠶᠢᠯᠴᠢᠯᠠᠯ ᠬᠣᠴᠣᠷᠤᠭᠰᠠᠨ
mark-claimed_after_lapse = ᠬᠣᠴᠣᠷᠴᠤ ᠬᠠᠷᠢᠭᠤᠴᠠᠭᠰᠠᠨ
mark-closed_before_whistle = ᠬᠡᠲᠦᠷᠬᠡᠢ ᠡᠷᠲᠡ ᠬᠠᠭᠠᠭᠰᠠᠨ
mark-consent_missing = ᠵᠥᠪᠰᠢᠶᠡᠷᠡᠯ ᠦᠭᠡᠢ
mark-done_by_former_assignee = ᠡᠮᠦᠨᠡᠬᠢ ᠬᠠᠷᠢᠭᠤᠴᠠᠭᠴᠢ ᠭᠦᠢᠴᠡᠳᠬᠡᠭᠰᠡᠨ
mark-done_late = ᠬᠣᠴᠣᠷᠴᠤ ᠭᠦᠢᠴᠡᠳᠬᠡᠭᠰᠡᠨ
mark-double_work = ᠬᠣᠶᠠᠷ ᠤᠳᠠᠭ᠎ᠠ ᠭᠦᠢᠴᠡᠳᠬᠡᠭᠰᠡᠨ
mark-evidence_after_cancel = ᠪᠣᠯᠢᠭᠤᠯᠤᠭᠰᠠᠨ ᠴᠤ ᠭᠦᠢᠴᠡᠳᠬᠡᠭᠰᠡᠨ
mark-in_time = ᠴᠠᠭ ᠲᠠᠭᠠᠨ
mark-late = ᠬᠣᠴᠣᠷᠤᠭᠰᠠᠨ
mark-late_event = ᠬᠣᠴᠣᠷᠴᠤ ᠢᠷᠡᠭᠰᠡᠨ ᠦᠢᠯᠡᠳᠦᠯ
mark-lead_gave_up = ᠠᠬᠠᠯᠠᠭᠴᠢ ᠪᠣᠯᠢᠭᠰᠠᠨ
mark-newer_text = ᠰᠢᠨ᠎ᠡ ᠪᠢᠴᠢᠭ ᠪᠤᠢ
mark-overdue = ᠬᠤᠭᠤᠴᠠᠭ᠎ᠠ ᠬᠡᠲᠦᠷᠡᠭᠰᠡᠨ
mark-refused_off_list = ᠡᠭᠦᠷᠭᠡ ᠪᠤᠰᠤ ᠲᠤᠯᠠ ᠲᠠᠲᠠᠭᠠᠯᠵᠠᠭᠰᠠᠨ
mark-removal_not_seen_by_all = ᠬᠠᠰᠤᠭᠰᠠᠨ ᠢ ᠪᠦᠭᠦᠳᠡᠭᠡᠷ ᠮᠡᠳᠡᠭᠰᠡᠨ ᠦᠭᠡᠢ
mark-reopen_requested = ᠳᠠᠬᠢᠨ ᠨᠡᠭᠡᠬᠦ ᠶᠢ ᠬᠦᠰᠡᠭᠰᠡᠨ
mark-supervised = ᠬᠢᠨᠠᠯᠲᠠ ᠳᠤ ᠪᠤᠢ
mark-supervision_overdue = ᠬᠢᠨᠠᠯᠲᠠ ᠶᠢᠨ ᠬᠠᠷᠢᠭᠤ ᠬᠣᠴᠣᠷᠤᠭᠰᠠᠨ
mark-threshold_met = ᠪᠣᠰᠤᠭ᠎ᠠ ᠬᠦᠷᠦᠭᠰᠡᠨ
mark-time_up = ᠬᠤᠭᠤᠴᠠᠭ᠎ᠠ ᠪᠣᠯᠤᠭᠰᠠᠨ
mark-two_closings = ᠬᠣᠶᠠᠷ ᠥᠭᠡᠷ᠎ᠡ ᠬᠠᠭᠠᠯᠲᠠ
mark-two_endings = ᠬᠣᠶᠠᠷ ᠥᠭᠡᠷ᠎ᠡ ᠳᠦᠩ
mark-unhappy = ᠰᠡᠳᠬᠢᠯ ᠬᠠᠩᠭᠠᠭᠰᠠᠨ ᠦᠭᠡᠢ
mark-verified_by_rectifier = ᠵᠠᠰᠠᠭᠰᠠᠨ ᠬᠦᠮᠦᠨ ᠥᠪᠡᠷᠢᠶᠡᠨ ᠰᠢᠯᠭᠠᠭᠰᠠᠨ
mark-whistled = ᠬᠡᠯᠲᠡᠰ ᠰᠢᠢᠳᠪᠦᠷᠢᠯᠡᠵᠦ ᠪᠤᠢ

# Codes that Otor knows.

code-about-person = ᠬᠤᠪᠢ ᠬᠦᠮᠦᠨ
code-category-case = ᠪᠢᠴᠢᠬᠠᠨ ᠬᠡᠷᠡᠭ
code-category-contradiction = ᠪᠢᠴᠢᠬᠠᠨ ᠵᠥᠷᠢᠴᠡᠯ
code-category-dispute = ᠪᠢᠴᠢᠬᠠᠨ ᠮᠠᠷᠭᠤᠭᠠᠨ
code-category-hazard = ᠪᠢᠴᠢᠬᠠᠨ ᠠᠶᠤᠯ
code-category-matter = ᠪᠢᠴᠢᠬᠠᠨ ᠠᠰᠠᠭᠤᠳᠠᠯ
code-channel-appeal = ᠥᠷᠭᠦᠳᠡᠯ
code-channel-four_micro = ᠳᠥᠷᠪᠡᠨ ᠪᠢᠴᠢᠬᠠᠨ
code-channel-hotline = 12345 ᠤᠲᠠᠰᠤ
code-channel-mailbox = ᠤᠯᠠᠭᠠᠨ ᠬᠠᠶᠢᠷᠴᠠᠭ
code-channel-online_chain = ᠰᠦᠯᠵᠢᠶ᠎ᠡ
code-channel-snapshot = ᠵᠢᠷᠤᠭ ᠢᠯᠡᠭᠡᠬᠦ
code-channel-visit = ᠠᠶᠢᠯᠴᠢᠯᠠᠯ
code-engagement-full_time = ᠪᠦᠲᠦᠨ ᠴᠠᠭ ᠤᠨ
code-engagement-part_time = ᠵᠠᠷᠢᠮ ᠴᠠᠭ ᠤᠨ
code-engagement-service = ᠬᠤᠳᠠᠯᠳᠤᠨ ᠠᠪᠤᠭᠰᠠᠨ ᠦᠢᠯᠡᠴᠢᠯᠡᠭᠡ
code-engagement-volunteer = ᠰᠠᠶᠢᠨ ᠳᠤᠷ᠎ᠠ ᠶᠢᠨ
code-reason-off_list = ᠡᠭᠦᠷᠭᠡ ᠪᠤᠰᠤ
code-reason-plain = ᠬᠡᠷᠡᠭ ᠦᠭᠡᠢ ᠪᠣᠯᠤᠭᠰᠠᠨ
code-reason-safety = ᠠᠶᠤᠯ ᠦᠭᠡᠢ ᠪᠠᠶᠢᠳᠠᠯ
code-reason-wrong_target = ᠪᠤᠷᠤᠭᠤ ᠬᠠᠶᠢᠭ
code-result-aware = ᠮᠡᠳᠡᠨ᠎ᠡ
code-result-neutral = ᠳᠤᠮᠳᠠ
code-result-satisfied = ᠰᠡᠳᠬᠢᠯ ᠬᠠᠩᠭᠠᠭᠰᠠᠨ
code-result-unaware = ᠮᠡᠳᠡᠬᠦ ᠦᠭᠡᠢ
code-result-unhappy = ᠰᠡᠳᠬᠢᠯ ᠬᠠᠩᠭᠠᠭᠰᠠᠨ ᠦᠭᠡᠢ
code-role_hat-errands = ᠲᠥᠯᠥᠭᠡᠯᠡᠭᠴᠢ
code-role_hat-information = ᠮᠡᠳᠡᠭᠡᠯᠡᠭᠴᠢ
code-role_hat-law = ᠬᠠᠤᠯᠢ ᠲᠠᠶᠢᠯᠪᠤᠷᠢᠯᠠᠭᠴᠢ
code-role_hat-mediation = ᠡᠪᠯᠡᠷᠡᠭᠦᠯᠦᠭᠴᠢ
code-role_hat-patrol = ᠡᠷᠭᠢᠭᠦᠯᠴᠢ
code-role_hat-sanitation = ᠴᠡᠪᠡᠷᠯᠡᠭᠴᠢ
code-service_mode-direct = ᠰᠢᠭᠤᠳ
code-service_mode-helped = ᠲᠤᠰᠠᠯᠠᠵᠤ
code-service_mode-proxy = ᠲᠥᠯᠥᠭᠡᠯᠡᠵᠦ
code-topic-policy = ᠪᠣᠳᠣᠯᠭ᠎ᠠ
code-topic-satisfaction = ᠰᠡᠳᠬᠢᠯ ᠬᠠᠩᠭᠠᠯᠲᠠ
code-type-checkpoint = ᠬᠢᠨᠠᠨ ᠰᠢᠯᠭᠠᠬᠤ ᠴᠡᠭ
code-type-committee = ᠮᠡᠷᠭᠡᠵᠢᠯ ᠦᠨ ᠬᠣᠷᠢᠶ᠎ᠠ
code-type-consultation = ᠵᠥᠪᠯᠡᠯᠭᠡ
code-type-emergency = ᠣᠨᠴᠠᠭᠤᠢ ᠪᠠᠶᠢᠳᠠᠯ
code-type-family = ᠭᠡᠷ ᠪᠦᠯᠢ
code-type-grid_team = ᠲᠤᠤᠷ ᠤᠨ ᠪᠠᠭ
code-type-legal = ᠬᠠᠤᠯᠢ ᠶᠢᠨ ᠵᠥᠪᠯᠡᠭᠡ
code-type-lesson = ᠬᠢᠴᠢᠶᠡᠯ
code-type-medical = ᠡᠮᠨᠡᠯᠭᠡ
code-type-micro_organisation = ᠪᠢᠴᠢᠯ ᠪᠠᠶᠢᠭᠤᠯᠤᠯᠲᠠ
code-type-patrol_team = ᠡᠷᠭᠢᠭᠦᠯ ᠦᠨ ᠪᠠᠭ
code-type-property = ᠥᠮᠴᠢ
code-type-service = ᠦᠢᠯᠡᠴᠢᠯᠡᠭᠡ
code-type-traffic = ᠵᠠᠮ ᠲᠡᠭᠡᠪᠦᠷᠢ
code-type-volunteer = ᠰᠠᠶᠢᠨ ᠳᠤᠷ᠎ᠠ
code-zone-banner = ᠬᠣᠰᠢᠭᠤ (2 ᠴᠠᠭ)
code-zone-centre = ᠲᠥᠪ (1 ᠴᠠᠭ)
code-zone-whole = ᠪᠦᠬᠦ ᠨᠤᠲᠤᠭ (3 ᠴᠠᠭ)
code-published-yes = ᠲᠡᠶᠢᠮᠦ

# A department's part in a whistle.

slot-arrived = ᠭᠠᠵᠠᠷ ᠳᠡᠭᠡᠷ᠎ᠡ
slot-called = ᠳᠠᠭᠤᠳᠠᠭᠰᠠᠨ
slot-excused = ᠴᠢᠯᠦᠭᠡᠯᠡᠭᠰᠡᠨ
slot-replied = ᠬᠠᠷᠢᠭᠤᠯᠤᠭᠰᠠᠨ

# Levels, and how areas end.

level-auditor = ᠰᠢᠯᠭᠠᠭᠴᠢ
level-banner = ᠬᠣᠰᠢᠭᠤ
level-city = ᠬᠣᠲᠠ
level-community = ᠬᠣᠷᠢᠶ᠎ᠠ
level-county = ᠰᠢᠶᠠᠨ
level-desk = ᠦᠢᠯᠡᠴᠢᠯᠡᠭᠡᠨ ᠦ ᠴᠣᠩᠬᠣ
level-district = ᠲᠣᠭᠣᠷᠢᠭ
level-gacha = ᠭᠠᠴᠠᠭ᠎ᠠ
level-grid = ᠲᠣᠣᠷ
level-league = ᠠᠶᠢᠮᠠᠭ
level-micro-grid = ᠪᠢᠴᠢᠬᠠᠨ ᠲᠣᠣᠷ
level-street = ᠭᠤᠳᠤᠮᠵᠢ
level-sumu = ᠰᠤᠮᠤ
level-town = ᠪᠠᠯᠭᠠᠰᠤ
level-township = ᠰᠤᠮᠤ ᠪᠠᠯᠭᠠᠰᠤ
level-village = ᠲᠣᠰᠬᠤᠨ

ending-closed = ᠬᠠᠭᠠᠭᠰᠠᠨ
ending-merged = ᠨᠡᠶᠢᠯᠡᠭᠦᠯᠦᠭᠰᠡᠨ
ending-moved = ᠰᠢᠯᠵᠢᠭᠦᠯᠦᠭᠰᠡᠨ
ending-split = ᠬᠤᠪᠢᠶᠠᠭᠰᠠᠨ

# What a row says of its record.

row-erased = ᠬᠤᠪᠢ ᠶᠢᠨ ᠮᠡᠳᠡᠭᠡ ᠠᠷᠢᠯᠭᠠᠭᠰᠠᠨ
row-left = ᠰᠢᠯᠵᠢᠭᠰᠡᠨ
row-live = ᠬᠦᠴᠦᠨᠲᠡᠢ

# What became of an edit.

edit-accepted = ᠬᠦᠯᠢᠶᠡᠨ ᠠᠪᠤᠭᠰᠠᠨ
edit-merged = ᠲᠥᠪ ᠲᠦ ᠬᠦᠷᠦᠭᠰᠡᠨ
edit-merged_with_conflict = ᠲᠥᠪ ᠲᠦ ᠬᠦᠷᠦᠭᠰᠡᠨ, ᠵᠥᠷᠢᠴᠡᠯᠲᠡᠢ
edit-parked = ᠬᠦᠯᠢᠶᠡᠵᠦ ᠪᠤᠢ
edit-quarantined = ᠲᠦᠷ ᠬᠠᠳᠠᠭᠠᠯᠠᠭᠰᠠᠨ
edit-unsent = ᠵᠥᠪᠬᠡᠨ ᠡᠨᠡ ᠤᠲᠠᠰᠤ ᠳᠤ

# Why an edit is kept aside; in full for the worker.

reason-bad_value = ᠲᠣᠬᠢᠷᠬᠤ ᠦᠭᠡᠢ
    .full = «{ $field }» ᠲᠣᠬᠢᠷᠬᠤ ᠦᠭᠡᠢ᠃
reason-behind_another = ᠥᠭᠡᠷ᠎ᠡ ᠵᠠᠰᠠᠪᠤᠷᠢ ᠶᠢᠨ ᠠᠷᠤ ᠳᠤ
    .full = ᠡᠮᠦᠨᠡᠬᠢ ᠵᠠᠰᠠᠪᠤᠷᠢ ᠬᠠᠳᠠᠭᠠᠯᠠᠭᠳᠠᠵᠤ ᠪᠤᠢ᠃
reason-device_revoked = ᠤᠲᠠᠰᠤ ᠬᠠᠭᠠᠭᠳᠠᠭᠰᠠᠨ
    .full = ᠡᠨᠡ ᠤᠲᠠᠰᠤ ᠬᠠᠭᠠᠭᠳᠠᠭᠰᠠᠨ ᠪᠤᠢ᠃
reason-no_such_record = ᠪᠢᠴᠢᠯᠭᠡ ᠦᠭᠡᠢ
    .full = ᠡᠶᠢᠮᠦ ᠪᠢᠴᠢᠯᠭᠡ ᠦᠭᠡᠢ᠃
reason-not_authorised = ᠡᠷᠬᠡ ᠦᠭᠡᠢ
    .full = ᠪᠢᠴᠢᠭᠰᠡᠨ ᠬᠦᠮᠦᠨ ᠳᠦ ᠡᠷᠬᠡ ᠦᠭᠡᠢ᠃
reason-nothing_to_release = ᠴᠢᠯᠦᠭᠡᠯᠡᠬᠦ ᠵᠦᠢᠯ ᠦᠭᠡᠢ
    .full = ᠡᠨᠡ ᠳᠤᠭᠠᠷ ᠲᠤ ᠬᠠᠳᠠᠭᠠᠯᠠᠭᠰᠠᠨ ᠵᠦᠢᠯ ᠦᠭᠡᠢ᠃
reason-out_of_area = ᠨᠤᠲᠤᠭ ᠠᠴᠠ ᠭᠠᠳᠠᠨ᠎ᠠ
    .full = ᠡᠨᠡ ᠨᠤᠲᠤᠭ ᠢ ᠬᠠᠷᠢᠭᠤᠴᠠᠭᠰᠠᠨ ᠦᠭᠡᠢ᠃
reason-record_full = ᠪᠢᠴᠢᠯᠭᠡ ᠳᠦᠭᠦᠷᠦᠭᠰᠡᠨ
    .full = ᠪᠢᠴᠢᠯᠭᠡ ᠬᠢᠵᠠᠭᠠᠷ ᠠᠴᠠ ᠬᠡᠲᠦᠷᠡᠨ᠎ᠡ᠃
reason-set_once = ᠨᠢᠭᠡ ᠤᠳᠠᠭ᠎ᠠ ᠪᠢᠴᠢᠨ᠎ᠡ
    .full = «{ $field }» ᠵᠥᠪᠬᠡᠨ ᠨᠢᠭᠡ ᠤᠳᠠᠭ᠎ᠠ ᠪᠢᠴᠢᠨ᠎ᠡ᠃
reason-too_many = ᠬᠡᠲᠦᠷᠬᠡᠢ ᠣᠯᠠᠨ
    .full = ᠨᠢᠭᠡ ᠵᠠᠰᠠᠪᠤᠷᠢ ᠳᠤ ᠬᠡᠲᠦᠷᠬᠡᠢ ᠣᠯᠠᠨ ᠬᠡᠰᠡᠭ᠃
reason-twice = ᠬᠣᠶᠠᠷ ᠤᠳᠠᠭ᠎ᠠ
    .full = «{ $field }» ᠬᠣᠶᠠᠷ ᠤᠳᠠᠭ᠎ᠠ ᠥᠭᠡᠷᠡᠴᠢᠯᠡᠭᠰᠡᠨ᠃
reason-unknown_area = ᠨᠤᠲᠤᠭ ᠲᠣᠳᠣᠷᠬᠠᠢ ᠦᠭᠡᠢ
    .full = ᠡᠶᠢᠮᠦ ᠨᠤᠲᠤᠭ ᠦᠭᠡᠢ᠃
reason-unknown_kind = ᠲᠥᠷᠥᠯ ᠲᠣᠳᠣᠷᠬᠠᠢ ᠦᠭᠡᠢ
    .full = ᠡᠶᠢᠮᠦ ᠲᠥᠷᠥᠯ ᠦᠭᠡᠢ᠃
reason-unprintable = ᠦᠵᠡᠭᠦᠯᠬᠦ ᠠᠷᠭ᠎ᠠ ᠦᠭᠡᠢ
    .full = «{ $field }» ᠦᠵᠡᠭᠦᠯᠬᠦ ᠠᠷᠭ᠎ᠠ ᠦᠭᠡᠢ ᠲᠡᠮᠳᠡᠭᠲᠡᠢ᠃
reason-unreadable = ᠤᠩᠰᠢᠭᠳᠠᠬᠤ ᠦᠭᠡᠢ
    .full = ᠤᠩᠰᠢᠭᠳᠠᠬᠤ ᠦᠭᠡᠢ, ᠡᠰᠡᠪᠡᠯ ᠬᠡᠲᠦᠷᠬᠡᠢ ᠲᠣᠮᠣ᠃
reason-waiting = ᠬᠦᠯᠢᠶᠡᠵᠦ ᠪᠤᠢ
    .full = ᠵᠢᠭᠠᠭᠰᠠᠨ ᠪᠢᠴᠢᠯᠭᠡ ᠢᠷᠡᠭᠡ ᠦᠭᠡᠢ᠃
reason-wrong_author = ᠥᠭᠡᠷ᠎ᠡ ᠬᠦᠮᠦᠨ
    .full = ᠪᠢᠴᠢᠭᠰᠡᠨ ᠬᠦᠮᠦᠨ ᠤᠲᠠᠰᠤᠨ ᠤ ᠡᠵᠡᠨ ᠪᠤᠰᠤ᠃
reason-wrong_lane = ᠪᠤᠷᠤᠭᠤ ᠤᠷᠤᠰᠬᠠᠯ
    .full = ᠶᠠᠭᠠᠷᠠᠯ ᠤᠨ ᠤᠷᠤᠰᠬᠠᠯ ᠪᠤᠷᠤᠭᠤ᠃
reason-wrong_rule = ᠪᠤᠷᠤᠭᠤ ᠪᠢᠴᠢᠭᠰᠡᠨ
    .full = «{ $field }» ᠡᠶᠢᠮᠦ ᠪᠡᠷ ᠪᠢᠴᠢᠬᠦ ᠦᠭᠡᠢ᠃
