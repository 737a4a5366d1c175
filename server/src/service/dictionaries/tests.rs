//! Learning from real records, and forgetting with them.

use super::*;
use crate::decide::admin::area::{self, AreaRow};
use crate::decide::admin::{dictionary, enrol::Enrolled, record};
use crate::test_server::TestServer;
use otor_protocol::ids::{Lane, RecordId};
use otor_protocol::op::{Body, Change, FieldId, KindId};
use otor_protocol::value::Value;

/// Grids of the village in which the workers here work, one a worker.
const WORKERS: usize = 20;
const VISIT: KindId = KindId(2);
const HOUSEHOLD: FieldId = FieldId(1);
const VISITED_AT: FieldId = FieldId(2);
const NOTE: FieldId = FieldId(5);

/// What everybody writes, long enough to be worth a dictionary.
const FORMULAS: [&str; 12] = [
    "入户走访核对家庭基本情况，户主在家，人口没有变化。",
    "检查灶间和取暖设施，烟道通畅，报警器工作正常。",
    "提醒出门前关好电源和燃气阀门，夜里注意通风。",
    "讲解惠民政策和医疗保险缴费办法，群众表示明白。",
    "牲畜已全部免疫，棚圈消毒到位，饲草储备充足。",
    "巡查村道和水渠，路面平整，没有发现安全隐患。",
    "邻里和睦，没有矛盾纠纷，没有其他诉求。",
    "老人身体尚好，能够自理，子女每周回来看望。",
    "宣传防范电信诈骗知识，留下联系方式便于沟通。",
    "院内收拾整齐，柴禾远离住房另外堆好。",
    "已登记上报，等待上级答复以后再来回访。",
    "留守儿童学习正常，由祖父母照看，假期注意防溺水。",
];

struct County {
    server: TestServer,
    phones: Vec<Enrolled>,
}

fn grid(worker: usize) -> String {
    format!("150821100201{:03}", 101 + worker)
}

impl County {
    fn new() -> County {
        let mut server = TestServer::new();
        let rows: Vec<AreaRow> = (0..WORKERS)
            .map(|worker| AreaRow {
                row: worker as u64 + 2,
                code: grid(worker),
                name: format!("grid {worker}"),
                level: "grid".into(),
            })
            .collect();
        let imported = server.county(move |desk, account| area::import(desk, account, &rows));
        assert_eq!(imported.unwrap().errors, []);
        let phones = (0..WORKERS)
            .map(|worker| {
                let code = format!("w{worker}");
                server.worker(&code, &[&grid(worker)]);
                server.phone(&code, worker as u8 + 1)
            })
            .collect();
        let mut county = County { server, phones };
        for worker in 0..WORKERS {
            county.visit(worker, &FORMULAS.concat());
        }
        county
    }

    fn visit(&mut self, worker: usize, note: &str) -> RecordId {
        let changes = vec![
            Change::Once(HOUSEHOLD, Value::from("H-1")),
            Change::Once(VISITED_AT, Value::Int(self.server.now_ms)),
            Change::Once(NOTE, Value::from(note)),
        ];
        let body = Body::Create {
            kind: VISIT,
            area: grid(worker).parse().unwrap(),
            changes,
        };
        let phone = self.phones[worker].clone();
        let (dot, verdict) = self.server.phone_writes(&phone, Lane::Rest, body);
        assert_eq!(verdict, otor_protocol::wire::Verdict::Accepted);
        RecordId(dot)
    }

    fn learned(&self) -> String {
        let learned = learn(&self.server.reader(), &Catalogue::built_in())
            .unwrap()
            .unwrap();
        let dictionary = Dictionary::from_bytes(300, &learned.content).unwrap();
        dictionary.own_text().to_owned()
    }
}

#[test]
fn a_name_and_a_number_of_one_visit_and_a_name_nineteen_know_are_in_no_dictionary() {
    let mut county = County::new();
    county.visit(3, "户主阿拉腾敖其尔，电话13948807766，没有其他诉求。");
    for worker in 0..WORKERS - 1 {
        county.visit(worker, "遇见斯琴高娃，没有其他诉求。");
    }
    let learned = county.learned();
    assert!(learned.contains("没有其他诉求。"), "{learned}");
    for planted in ["阿拉", "敖其尔", "斯琴", "琴高", "高娃", "遇见", "1394"] {
        assert!(!learned.contains(planted), "{planted}");
    }
    assert!(!learned.chars().any(char::is_numeric));
    // The twentieth makes it common language.
    county.visit(WORKERS - 1, "遇见斯琴高娃，没有其他诉求。");
    assert!(county.learned().contains("斯琴高娃"));
}

#[test]
fn what_was_erased_does_not_count() {
    let mut county = County::new();
    let visits: Vec<RecordId> = (0..WORKERS)
        .map(|worker| county.visit(worker, "遇见斯琴高娃，没有其他诉求。"))
        .collect();
    assert!(county.learned().contains("斯琴高娃"));
    let erased = visits[7];
    let done = county
        .server
        .county(move |desk, account| record::erase(desk, account, erased));
    done.unwrap();
    assert!(!county.learned().contains("斯琴"));
}

#[test]
fn the_same_records_give_the_same_dictionary_and_no_new_generation() {
    let mut county = County::new();
    let mut keep = || {
        let learned = learn(&county.server.reader(), &Catalogue::built_in()).unwrap();
        county.server.decide(move |desk| dictionary::keep(desk, learned))
    };
    let first = keep();
    assert!(first.is_new);
    let again = keep();
    assert_eq!((again.is_new, again.number), (false, first.number));
    let reader = county.server.reader();
    let view = reader.snapshot();
    let number = first.number.unwrap();
    let rows = list(&view).unwrap();
    assert_eq!((rows.len(), rows[0].number), (1, number));
    let text = text_of(&view, number).unwrap().unwrap();
    assert!(text.contains("入户走访核对家庭基本情况"), "{text}");
    assert_eq!(text_of(&view, number + 1).unwrap(), None);
}

#[test]
fn a_learned_dictionary_is_folded_again_from_the_journal() {
    let mut county = County::new();
    let learned = learn(&county.server.reader(), &Catalogue::built_in()).unwrap();
    county.server.decide(move |desk| dictionary::keep(desk, learned));
    assert_eq!(county.server.dump(), county.server.dump_of_the_journal());
}

#[test]
fn learning_is_due_in_its_hour_after_its_days_and_never_with_none() {
    let now_ms = 100 * MS_PER_DAY;
    assert!(is_due(None, now_ms, 3, 7, 3));
    assert!(!is_due(None, now_ms, 4, 7, 3));
    assert!(!is_due(None, now_ms, 3, 0, 3));
    assert!(!is_due(Some(now_ms - 6 * MS_PER_DAY), now_ms, 3, 7, 3));
    // Last time it began late in its hour; now it may begin early in it.
    assert!(is_due(
        Some(now_ms - 7 * MS_PER_DAY + 50 * 60_000),
        now_ms,
        3,
        7,
        3
    ));
}
