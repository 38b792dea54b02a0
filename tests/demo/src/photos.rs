//! The photographs of the day: camera photographs of Debian's `mate-backgrounds`, as the phone's camera would lay them down.

use crate::Result;
use crate::cast;
use crate::exif_copy::{CameraSays, exif_copy};
use crate::place::Place;
use std::fs;
use std::path::{Path, PathBuf};

/// A photograph to take.
#[derive(Debug, Clone, Copy)]
pub struct Shot {
    /// File below the photographs' folder.
    pub file: &'static str,
    /// What it is called by the camera.
    pub name: &'static str,
    /// What it is said to show.
    pub caption: &'static str,
    /// Checklist item.
    pub item: &'static str,
    /// Where the EXIF of a copy says that it was taken, 1e-7 degree; `None`: the file as it is.
    pub exif: Option<(i32, i32)>,
}

const fn as_is(file: &'static str, name: &'static str, caption: &'static str, item: &'static str) -> Shot {
    Shot { file, name, caption, item, exif: None }
}

/// The progressive one of 18 MP.
pub const LARGEST: &str = "abstract/Elephants_5640x3172.jpg";

/// Before the phone dies.
pub const FIRST: [Shot; 4] = [
    as_is(LARGEST, "IMG_20261122_0001.jpg", "全貌（演示照片）", "zhusu-01"),
    as_is("nature/Blinds.jpg", "IMG_20261122_0002.jpg", "在岗人员名册（演示照片）", "zhusu-07"),
    as_is("nature/Wood.jpg", "IMG_20261122_0003.jpg", "二楼布草间（演示照片）", "zhusu-12"),
    as_is("nature/Garden.jpg", "IMG_20261122_0004.jpg", "许可证公示位置（演示照片）", "zhusu-02"),
];

/// After it came back. The copies carry a place in each of the four hemispheres (F16): what EXIF says is noted, never trusted.
pub const LATER: [Shot; 6] = [
    as_is("nature/RainDrops.jpg", "IMG_20261122_0005.jpg", "余氯快速检测读数（演示照片）", "youyong-07"),
    as_is("nature/Storm.jpg", "IMG_20261122_0006.jpg", "泳池全貌（演示照片）", "youyong-06"),
    Shot {
        file: "nature/Aqua.jpg",
        name: "IMG_NE.jpg",
        caption: "浸脚消毒池（演示照片，东北半球）",
        item: "youyong-13",
        exif: Some((325_921_340, 1_052_314_560)),
    },
    Shot {
        file: "nature/YellowFlower.jpg",
        name: "IMG_SE.jpg",
        caption: "自检记录本（演示照片，东南半球）",
        item: "youyong-04",
        exif: Some((-338_688_197, 1_512_092_955)),
    },
    Shot {
        file: "nature/TwoWings.jpg",
        name: "IMG_NW.jpg",
        caption: "循环水泵（演示照片，西北半球）",
        item: "youyong-14",
        exif: Some((407_127_753, -740_059_728)),
    },
    Shot {
        file: "nature/LadyBird.jpg",
        name: "IMG_SW.jpg",
        caption: "更衣区入口（演示照片，西南半球）",
        item: "youyong-01",
        exif: Some((-346_036_844, -583_815_591)),
    },
];

/// Lays a photograph down in the phone's inbox, as its camera does.
///
/// # Errors
/// What the system says.
pub fn lay_down(place: &Place, shot: &Shot, inbox: &Path) -> Result<PathBuf> {
    let (from, to) = (place.photos.join(shot.file), inbox.join(shot.name));
    match shot.exif {
        None => fs::copy(&from, &to).map(drop)?,
        Some((lat_e7, lon_e7)) => {
            let now = cast::china_now().ok_or("the system's clock is not set")?.format("%Y:%m:%d %H:%M:%S").to_string();
            let says = CameraSays { lat_e7, lon_e7, local_time: &now, offset: "+08:00", camera: ("HUAWEI", "BRA-AL00") };
            exif_copy(&from, &to, &says)?;
        }
    }
    Ok(to)
}
